from airflow import DAG
import no_such_module

DAG("broken")
