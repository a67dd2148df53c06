// Package airflow runs a real Airflow on this machine as Amazon MWAA would run it: the same packages, the same environment variables in
// the same order of precedence, the execution role's credentials and nothing else of the caller's.
//
//   - [Cache.Install] brings a version, with the packages that MWAA's image pins, into a directory that stays; [Installed] is one of them.
//   - [Compose] gives the variables of Airflow's processes. It is pure, and builds on [mwaa.Compose].
//   - [Start] starts the processes of a [Setup] and gives an [Airflow], which [Airflow.Healthy] waits for and [Airflow.Stop] ends.
//   - [Gate] is what stands between the processes and AWS: it hands out the role's temporary credentials, passes calls on, and notes the
//     secrets that come back, so that a [Mask] can keep them out of everything that is shown.
//
// What Airflow does with its variables and commands was seen on real Airflow of the eight versions; what MWAA does comes from its images
// (github.com/aws/amazon-mwaa-docker-images, as of August 2026).
//
// Everything listens on loopback. No process is left when this one ends, by kill -9 too (package supervise).
package airflow
