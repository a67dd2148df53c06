from datetime import datetime

from airflow import DAG
from airflow.providers.postgres.hooks.postgres import PostgresHook

try:
    from airflow.providers.standard.operators.python import PythonOperator
except ImportError:  # Airflow 2
    from airflow.operators.python import PythonOperator


def read():
    row = PostgresHook("warehouse").get_first("SELECT item FROM orders WHERE id = 2")
    if row != ("milk",):
        raise ValueError(f"the row is {row}")


with DAG("reads", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=True):
    PythonOperator(task_id="read", python_callable=read)
