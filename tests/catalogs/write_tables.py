"""Writes and reads a table of Iceberg through the catalog `lake`, and one of Delta, and prints what is in them."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
for statement in [
    "CREATE NAMESPACE lake.sales",
    "CREATE TABLE lake.sales.orders (id INT, state STRING) USING iceberg",
    "INSERT INTO lake.sales.orders VALUES (1, 'new'), (2, 'new')",
    "UPDATE lake.sales.orders SET state = 'paid' WHERE id = 2",
    # A statement that only Iceberg's extension knows.
    "ALTER TABLE lake.sales.orders ADD PARTITION FIELD id",
    "CREATE TABLE orders (id INT, state STRING) USING delta",
    "INSERT INTO orders SELECT * FROM lake.sales.orders",
    "DELETE FROM orders WHERE id = 1",
]:
    spark.sql(statement)
for table in ["lake.sales.orders", "orders"]:
    rows = spark.sql(f"SELECT * FROM {table} ORDER BY id").collect()
    print(table, [tuple(row) for row in rows])
