// Package aircon reads and writes Airflow's connections exactly as the eight Airflow versions that Amazon MWAA runs do.
package aircon
