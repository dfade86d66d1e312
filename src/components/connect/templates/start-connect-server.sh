#!/bin/sh
# The operator starts the server by this name. Spark's own script of the name keeps the server as the
# child of a shell that passes no signal on: it would be killed after its grace period, and the last
# part of its event log with it.
exec /opt/spark/bin/spark-submit --class org.apache.spark.sql.connect.service.SparkConnectServer "$@" spark-internal
