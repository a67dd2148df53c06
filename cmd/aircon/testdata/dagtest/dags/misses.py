from datetime import datetime

from airflow import DAG
from airflow.providers.postgres.hooks.postgres import PostgresHook

try:
    from airflow.providers.standard.operators.python import PythonOperator
except ImportError:  # Airflow 2
    from airflow.operators.python import PythonOperator


with DAG("misses", schedule=None, start_date=datetime(2024, 1, 1)):
    PythonOperator(task_id="miss", python_callable=lambda: PostgresHook("nowhere").get_first("SELECT 1"))
