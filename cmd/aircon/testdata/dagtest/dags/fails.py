from datetime import datetime

from airflow import DAG

try:
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.sdk import BaseHook
except ImportError:  # Airflow 2
    from airflow.hooks.base import BaseHook
    from airflow.operators.python import PythonOperator


def fail():
    raise ValueError("no orders today, says " + BaseHook.get_connection("mailer").password)


with DAG("fails", schedule=None, start_date=datetime(2024, 1, 1)):
    PythonOperator(task_id="fail", python_callable=fail) >> PythonOperator(task_id="after", python_callable=print)
