#!/usr/bin/env python3
"""What Spark makes of Weir's tables, and tables of its own; for spark-submit (spark.sh). Rows come out as JSON lines.
usage: spark-lake.py read parquet|delta FOLDER [VERSION] | log FOLDER | append FOLDER FROM TO | write FOLDER ROWS | parts FOLDER TO
Several, divided by ',' as an argument, run in one session, each with a line of its words before its rows."""
import itertools, json, sys
from pyspark.sql import SparkSession

DELTA = {"spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
         "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog"}
spark = (SparkSession.builder.config(map=DELTA).config("spark.sql.session.timeZone", "UTC")
         .config("spark.sql.shuffle.partitions", "2").config("spark.sql.debug.maxToStringFields", "100").getOrCreate())
LOADS = ["id", "date_add(DATE'2024-05-01', CAST(id % 3 AS INT)) AS day", "CONCAT('host ', id % 5) AS host", "id / 4 AS load",
         "id % 2 = 0 AS ok", "timestamp_millis(id * 1000) AS at", "CONCAT('[', id, ']') AS more"]
PLAIN = ["id", "unix_date(day) * 86400000L AS day", "host", "load", "ok", "unix_millis(at) AS at", "more"]

# Each column as Spark writes it, and what Weir must read of it.
COLUMNS = {
    "text": ("CONCAT('näme ', id % 10)", "text"),
    "whole": ("CAST(id * 3 AS INT)", "whole"),
    "small": ("CAST(id % 100 AS TINYINT)", "small"),
    "single": ("CAST(id / 8 AS FLOAT)", "CAST(single AS DOUBLE)"),
    "double": ("id / 3", "double"),
    "large": ("9007199254740993L + id", "CAST(large AS STRING)"),
    "ok": ("id % 2 = 0", "ok"),
    "day": ("date_add(DATE'1969-12-01', CAST(id AS INT))", "unix_date(day) * 86400000L"),
    "at": ("timestamp_millis(id * 86400123 - 1000000000)", "unix_millis(at)"),
    "local": ("CAST(timestamp_millis(id * 1000) AS TIMESTAMP_NTZ)", "unix_millis(CAST(local AS TIMESTAMP))"),
    "d9": ("CAST(id / 4 - 10 AS DECIMAL(9, 2))", "CAST(d9 AS DOUBLE)"),
    "d18": ("CAST(id / 4 AS DECIMAL(18, 4))", "CAST(d18 AS DOUBLE)"),
    "d30": ("CAST(-id / 4 AS DECIMAL(30, 5))", "CAST(d30 AS DOUBLE)"),
    "list": ("transform(sequence(0, id % 3), x -> IF(x = 1, NULL, id + x))", "list"),
    "none": ("CAST(array() AS ARRAY<INT>)", "none"),
    "map": ("map('a', id, CONCAT('b', id % 3), NULL)", "map"),
    "deep": ("named_struct('a', id, 'of', array(named_struct('x', id % 4, 'y', array(CONCAT('é', id)))))", "deep"),
}


def show(frame):
    for line in frame.selectExpr("to_json(struct(*), map('ignoreNullFields', 'false')) AS json").toLocalIterator():
        print(line.json)


def read(form, folder, version=None):
    reader = spark.read.format(form)
    show((reader if version is None else reader.option("versionAsOf", version)).load(folder).selectExpr(*PLAIN).orderBy("id"))


def log(folder):
    show(spark.sql(f"DESCRIBE HISTORY delta.`{folder}`").select("version", "operation").orderBy("version"))


def append(folder, start, end):
    frame = spark.range(int(start), int(end)).selectExpr(*LOADS)
    frame.write.format("delta").mode("append").partitionBy("day").save(folder)


def parts(folder, end):
    """A table whose log is summed up, every fourth version, in several files."""
    spark.conf.set("spark.databricks.delta.checkpoint.partSize", "4")
    spark.sql(f"CREATE TABLE delta.`{folder}` (id BIGINT, host STRING) USING delta TBLPROPERTIES (delta.checkpointInterval = 4)")
    for id in range(int(end)):
        spark.range(id, id + 1).selectExpr("id", "CONCAT('host ', id) AS host").write.format("delta").mode("append").save(folder)
    spark.sql(f"DELETE FROM delta.`{folder}` WHERE id = 1")


def write(folder, rows):
    """The same rows in several forms; what they are comes out."""
    made = spark.range(int(rows)).selectExpr("id", *(f"IF(id % 7 = {i % 7}, NULL, {sql}) AS {name}"
                                                     for i, (name, (sql, _)) in enumerate(COLUMNS.items())))
    made = made.repartition(2, "id").cache()
    for name, codec, times, legacy in [("snappy", "snappy", "INT96", "false"), ("legacy", "gzip", "TIMESTAMP_MICROS", "true"),
                                       ("zstd", "zstd", "TIMESTAMP_MILLIS", "false"), ("plain", "uncompressed", "INT96", "false")]:
        spark.conf.set("spark.sql.parquet.outputTimestampType", times)
        spark.conf.set("spark.sql.parquet.writeLegacyFormat", legacy)
        # Lists of Spark's older form that hold no nulls are no lists to Weir.
        frame = made.drop("deep") if legacy == "true" else made
        frame.write.option("compression", codec).option("parquet.enable.dictionary", str(name != "plain").lower()).parquet(f"{folder}/{name}")
    made.where("id < 100").select("id", "list", "text", "small", "ok", "at").write.partitionBy("text", "small", "ok", "at").parquet(f"{folder}/folders")
    show(made.selectExpr("id", *(f"{sql} AS {name}" for name, (_, sql) in COLUMNS.items())).orderBy("id"))


for comma, words in itertools.groupby(sys.argv[1:], lambda word: word == ","):
    if comma: continue
    command, *rest = words
    print(json.dumps([command, *rest]))
    {"read": read, "log": log, "append": append, "write": write, "parts": parts}[command](*rest)
