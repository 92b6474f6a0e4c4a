"""
Embeddings: tell movements apart
================================

Classify series by what the network makes of them, with a classifier of scikit-learn. The series are
those of accelerometer and gyroscope, six columns, of people who stand, walk, run or play badminton
(sktime's BasicMotions). The network was trained to forecast and has seen none of them; only the
logistic regression is trained.
"""

from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sktime.datasets import load_basic_motions
from sktime.pipeline import make_pipeline

from sktime_lagllama import LagLlamaEmbedder

# %%
# Classify
# --------

X_train, y_train = load_basic_motions(split="train", return_type="pd-multiindex")
X_test, y_test = load_basic_motions(split="test", return_type="pd-multiindex")

pipeline = make_pipeline(LagLlamaEmbedder(), StandardScaler(), LogisticRegression())
pipeline.fit(X_train, y_train)
accuracy = (pipeline.predict(X_test) == y_test).mean()
print(f"{accuracy:.0%} of {len(y_test)} movements are told from {len(y_train)} others.")

# %%
# The table behind it
# -------------------
# A row for each movement.

embedder = LagLlamaEmbedder(pooling="mean", level_features=False).fit(X_train)
print(embedder.transform(X_test).round(2).head())

# %%
# The hidden states that are pooled in it
# ---------------------------------------
# Those of one column, at each time.

one_column = X_test.loc[0].iloc[:, [0]]
print(LagLlamaEmbedder(pooling=None, layer=-1).fit_transform(one_column).round(2))
