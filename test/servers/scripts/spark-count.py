#!/usr/bin/env python3
"""topologies/hdfs-count.yaml as Spark's users write it; for spark-submit (spark.sh). usage: spark-count.py FROM TO"""
import json, sys
from operator import add
from pyspark import SparkContext

sc = SparkContext(appName="count")
fields = sc.textFile(sys.argv[1]).map(lambda line: line.split(",")).filter(lambda fields: len(fields) > 1)
counts = fields.map(lambda fields: (fields[1], 1)).reduceByKey(add)
counts.map(json.dumps).saveAsTextFile(sys.argv[2])
