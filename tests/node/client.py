"""A client of Spark Connect: computes, writes and reads.

Its arguments are the server's host, and how many tasks it starts, or `hold` to go on until it is ended.
"""

import sys
import time

from pyspark.sql import SparkSession

host = sys.argv[1]
tasks = sys.argv[2] if len(sys.argv) > 2 else "8"
spark = SparkSession.builder.remote(f"sc://{host}:15002").getOrCreate()
while tasks == "hold":
    spark.range(0, 400000000, 1, 8).selectExpr("sum(hash(id)) s").collect()
    time.sleep(1)
print("version", spark.version, flush=True)
total = spark.range(0, 2000000, 1, int(tasks)).selectExpr("sum(id) s").collect()[0].s
print("sum", total, flush=True)
path = f"s3a://warehouse/{host}/numbers"
spark.range(1000).repartition(4).write.mode("overwrite").parquet(path)
print("read", spark.read.parquet(path).count(), flush=True)
