"""Asks a Connect server for a sum, which takes executors."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.remote("sc://127.0.0.1:15002").getOrCreate()
print(spark.range(0, 1000, 1, 4).selectExpr("sum(id)").collect())
