"""Writes samples.json: what prometheus_client reads of expositions, for the tests of the source prometheus-scrape."""
import importlib.metadata
import json
import math
import pathlib

from prometheus_client import CollectorRegistry, Counter, Enum, Gauge, Histogram, Info, Summary, generate_latest
from prometheus_client.openmetrics import exposition, parser as openmetrics
from prometheus_client import parser as text


def registry():
    made = CollectorRegistry()
    requests = Counter("requests", "Requests by path.", ["path", "code"], registry=made)
    for path in ["/", "/a b", '/q"uote', "/back\\slash", "/new\nline", "/grüße", "/,=}{#"]:
        requests.labels(path, "200").inc(3)
    Gauge("temperature_celsius", "Of rooms.", registry=made).set(-21.5)
    for value, name in [(math.inf, "up"), (-math.inf, "down"), (math.nan, "none"), (1e300, "large"), (5e-324, "small")]:
        Gauge(f"odd_{name}", "Odd numbers.", registry=made).set(value)
    latency = Histogram("latency_seconds", "Of answers.", ["path"], registry=made, buckets=(0.1, 0.5, 1.0))
    for value in [0.05, 0.3, 0.7, 20]:
        latency.labels("/").observe(value, {"trace": "abc", "span": f"{value}"})
    Summary("size_bytes", "Of answers.", registry=made).observe(12)
    Info("build", "Of the program.", registry=made).info({"version": "1.2", "branch": "main"})
    Enum("state", "Of the machine.", states=["on", "off"], registry=made).state("off")
    return made


TEXT = [
    "",
    "\n\n# a comment\n#\n# another  \n",
    "a 1\n",
    "a 1",
    "  a\t 1  \n",
    "a 1 1395066363000\n",
    "a 1 -3982045\n",
    "# TYPE a gauge\na{} 2\n",
    "# TYPE a gauge\na {x=\"1\"} 2\n",
    "# TYPE a gauge\na{x=\"1\",}2\n",
    "# TYPE a gauge\na { x = \"1\" , y = \"2\" } 2 3\n",
    "# TYPE\ta\tgauge\na 1\n",
    "# TYPE a untyped\na 1\n",
    "# HELP a with \\\\ and \\n\n# TYPE a gauge\na{x=\"\\\\\",y=\"\\n\",z=\"\\\"\",t=\"\\t\"} 1\n",
    "a{x=\"a,b}c{ # d\"} 1\n",
    "# TYPE s summary\ns{quantile=\"0.5\"} NaN\ns_sum 1\ns_count 2\n",
    "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n",
    "a:b:c 1\n",
    "_a 0x10\n",
    "a +Inf\nb -Inf\nc Inf\nd nan\ne 1e9\nf .5\ng 5.\nh +3\n",
    "{\"a.b\",x=\"1\"} 1\n",
    "{\"a.b\"} 1\n",
    "a{\"x.y\"=\"1\"} 1\n",
    "a{x=\"1\",x=\"2\"} 1\n",
    "a\n", "a{x=\"1\"\n", "a{x=1} 2\n", "a{x} 2\n", "a{x=\"1\" 2\n", "a one\n", "1a 1\n", "a{=\"1\"} 2\n", "a{x=\"1} 2\n",
    "a 1_000\n", "a{x=\"1\"y=\"2\"} 1\n", "# TYPE a nothing\na 1\n", "a-b 1\n",
]
OPEN = [
    "# EOF\n",
    "# EOF",
    "a 1\n# EOF\n",
    "# TYPE a counter\n# HELP a Help.\na_total 17.0 1520879607.789\na_created 1520872607.123 1520879607.789\n# EOF\n",
    "# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1\n# EOF\n",
    "# TYPE a histogram\na_bucket{le=\"1.0\"} 1 # {trace=\"x\"} 0.5 1520879607.5\na_bucket{le=\"+Inf\"} 2 # {} 4\na_sum 3\na_count 2\n# EOF\n",
    "# TYPE a gaugehistogram\na_bucket{le=\"+Inf\"} 2\na_gsum 3\na_gcount 2\n# EOF\n",
    "# TYPE a info\na_info{x=\"y\"} 1\n# EOF\n",
    "# TYPE a stateset\na{a=\"on\"} 1\na{a=\"off\"} 0\n# EOF\n",
    "# TYPE a summary\na{quantile=\"0.5\"} 2\na_count 1\na_sum 2\n# EOF\n",
    "# TYPE a unknown\na 1 1.5\n# EOF\n",
    "a{x=\"a \\\" # } b\"} 1\n# EOF\n",
    "{\"a.b\",x=\"1\"} 1\n# EOF\n",
    "", "a 1\n", "a 1\n# EOF\nb 2\n", "\n# EOF\n", "a  1\n# EOF\n", " a 1\n# EOF\n", "a 1 \n# EOF\n", "a\t1\n# EOF\n",
    "a 1 # {} 2\n# EOF\n", "# a comment\n# EOF\n", "# TYPE a\n# EOF\n", "# TYPE a nothing\n# EOF\n",
    "a{x=\"1\"}1\n# EOF\n", "a{,x=\"1\"} 1\n# EOF\n", "a 1 NaN\n# EOF\n", "a one\n# EOF\n", "a{x=\"1\"\n# EOF\n",
    "# TYPE a counter\na_total 1 # {t=\"" + "x" * 130 + "\"} 1\n# EOF\n",
]


def number(value):
    if value is None:
        return None
    value = float(value)
    return str(value) if math.isnan(value) or math.isinf(value) else value


def read(parse, given):
    try:
        families = list(parse(given))
    except Exception:
        return None
    rows = []
    for family in families:
        for sample in family.samples:
            stamp = sample.timestamp
            shown = sample.exemplar
            rows.append({
                "metric": sample.name,
                "type": family.type,
                "labels": sample.labels,
                "value": number(sample.value),
                "timestamp": None if stamp is None else number(float(stamp)),
                "exemplar": shown and {
                    "labels": shown.labels,
                    "value": number(shown.value),
                    "timestamp": None if shown.timestamp is None else number(float(shown.timestamp)),
                },
            })
    return rows


cases = []
for given in [*TEXT, generate_latest(registry()).decode()]:
    cases.append({"format": "text", "given": given, "samples": read(text.text_string_to_metric_families, given)})
for given in [*OPEN, exposition.generate_latest(registry()).decode()]:
    found = read(openmetrics.text_string_to_metric_families, given)
    cases.append({"format": "openmetrics", "given": given, "samples": found})
version = importlib.metadata.version("prometheus_client")
out = {"madeBy": f"make.py, prometheus_client {version}", "cases": cases}
path = pathlib.Path(__file__).with_name("samples.json")
path.write_text(json.dumps(out, indent=1, ensure_ascii=False) + "\n")
