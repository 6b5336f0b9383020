"""Times River, and NumPy where River has no such model, on rows that run.mjs has made.

Reads one JSON object a line: {"model": name, "file": path, "n": rows, "columns": [names], "target": name}, the file being
little-endian doubles, row by row, the target last. Answers with {"us": CPU microseconds a row to predict and learn, "score": mean
absolute error, share of right classes, or null}. Rows become records before the clock starts. {"csv": path, ...} reads a file end to end
instead and answers with {"seconds": wall time}.
"""
import gc, json, math, sys, time
import numpy as np
from river import cluster, linear_model as lm, optim, preprocessing as pp, reco, stream


class Rls:
    """Recursive least squares with forgetting on a vector with a trailing 1, in NumPy."""

    def __init__(self, lam=0.999, p0=1.0):
        self.lam, self.p0, self.w = lam, p0, None

    def predict_one(self, x):
        self.z = np.fromiter(x.values(), float, len(x))
        self.z = np.append(self.z, 1.0)
        if self.w is None:
            self.w, self.p = np.zeros(len(self.z)), np.eye(len(self.z)) / self.p0
        return float(self.w @ self.z)

    def learn_one(self, x, y):
        pz = self.p @ self.z
        k = pz / (self.lam + self.z @ pz)
        self.w += k * (y - self.w @ self.z)
        self.p = (self.p - np.outer(k, pz)) / self.lam


MODELS = {
    "sgd": lambda: pp.StandardScaler() | lm.LinearRegression(optim.SGD(0.01), intercept_lr=0.01),
    "logistic": lambda: pp.StandardScaler() | lm.LogisticRegression(optim.SGD(0.1), intercept_lr=0.1),
    "softmax": lambda: pp.StandardScaler() | lm.SoftmaxRegression(optim.SGD(0.1)),
    "bayes": lambda: lm.BayesianLinearRegression(smoothing=0.999),
    "bayes-all": lambda: lm.BayesianLinearRegression(),
    "numpy-rls": lambda: Rls(),
    "factors": lambda: reco.BiasedMF(n_factors=10, seed=42),
    "k-means": lambda: cluster.KMeans(n_clusters=5, halflife=0.05, sigma=1, seed=42),
}


def passed(model, rows):
    """One pass over the rows: predict, then learn. What was predicted, and the CPU time."""
    said = []
    gc.collect()
    begun = time.process_time()
    if isinstance(model, reco.BiasedMF):
        for x, y in rows:
            said.append(model.predict_one(x["user"], x["item"]))
            model.learn_one(x["user"], x["item"], y=y)
    elif isinstance(model, cluster.KMeans):
        for x, _ in rows:
            said.append(None)
            model.learn_one(x)
            model.predict_one(x)
    else:
        for x, y in rows:
            said.append(model.predict_one(x))
            model.learn_one(x, y)
    return said, time.process_time() - begun


def score(said, rows):
    if said[-1] is None:
        return None
    if isinstance(rows[0][1], int):
        return sum(p == y for p, (_, y) in zip(said, rows)) / len(rows)
    return sum(abs((p or 0.0) - y) for p, (_, y) in zip(said, rows)) / len(rows)


def end_to_end(asked):
    model = MODELS[asked["model"]]()
    begun = time.perf_counter()
    converters = {name: float for name in asked["columns"] + [asked["target"]]}
    error = n = 0
    for x, y in stream.iter_csv(asked["csv"], target=asked["target"], converters=converters):
        error += abs(model.predict_one(x) - y)
        n += 1
        model.learn_one(x, y)
    return {"seconds": time.perf_counter() - begun, "score": error / n}


for line in sys.stdin:
    asked = json.loads(line)
    if "csv" in asked:
        print(json.dumps(end_to_end(asked)), flush=True)
        continue
    table = np.fromfile(asked["file"], "<f8").reshape(asked["n"], -1)
    ids = {"user", "item"}
    names = asked["columns"]
    kind = int if asked.get("classes") else float
    rows = [({c: int(v) if c in ids else float(v) for c, v in zip(names, row)}, kind(row[-1])) for row in table]
    said, seconds = passed(MODELS[asked["model"]](), rows)
    print(json.dumps({"us": seconds / len(rows) * 1e6, "score": score(said, rows)}), flush=True)
