"""An application, at the path of Spark's own example: computes, writes and reads."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("pi").getOrCreate()
print("sum", spark.range(0, 2000000, 1, 4).selectExpr("sum(id) s").collect()[0].s)
path = f"s3a://warehouse/{spark.sparkContext.applicationId}/numbers"
spark.range(1000).repartition(2).write.parquet(path)
print("read", spark.read.parquet(path).count())
spark.stop()
