"""Who hears from whom: graphs as compressed rows, made from a seed."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Kind = Literal["small_world", "scale_free", "random", "ring", "complete"]


@dataclass(frozen=True, slots=True)
class Network:
    """``targets[offsets[i]:offsets[i + 1]]`` hear from agent i; ``degrees[j]`` is how many agent j
    hears from. A complete graph keeps no edges: everybody hears from everybody."""

    offsets: NDArray[np.int64]
    targets: NDArray[np.int32]
    degrees: NDArray[np.int32]
    complete: bool = False


def build(kind: Kind, agents: int, degree: int, rewiring: float, seed: int) -> Network:
    """A network of ``agents`` with a mean ``degree``; ``rewiring`` in 0 to 1 for the small world."""
    generator = np.random.Generator(np.random.Philox(key=seed))
    if kind == "complete":
        return _complete(agents)
    if kind == "ring":
        return _one_sided_ring(agents)
    if kind == "small_world":
        return _from_edges(agents, _small_world(agents, degree, rewiring, generator))
    if kind == "scale_free":
        return _from_edges(agents, _scale_free(agents, max(1, degree // 2), generator))
    return _from_edges(agents, _random(agents, degree, generator))


def _complete(agents: int) -> Network:
    return Network(
        np.zeros(agents + 1, np.int64),
        np.zeros(0, np.int32),
        np.full(agents, agents - 1, np.int32),
        complete=True,
    )


def _one_sided_ring(agents: int) -> Network:
    targets = np.roll(np.arange(agents, dtype=np.int32), -1)
    return Network(np.arange(agents + 1, dtype=np.int64), targets, np.ones(agents, np.int32))


def _small_world(
    agents: int, degree: int, rewiring: float, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Watts & Strogatz 1998: a ring lattice whose far ends are rewired with a probability."""
    steps = np.arange(1, degree // 2 + 1)
    left = np.repeat(np.arange(agents), steps.size)
    right = (left + np.tile(steps, agents)) % agents
    rewired = generator.random(left.size) < rewiring
    right = np.where(rewired, generator.integers(0, agents, left.size), right)
    return np.stack([left, right])


def _scale_free(agents: int, links: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Barabási & Albert 1999: newcomers link to old agents in proportion to their degree."""
    ends = list(range(links + 1))
    edges = [(i, links) for i in range(links)]
    for newcomer in range(links + 1, agents):
        for pick in generator.integers(0, len(ends), links):
            edges.append((newcomer, ends[pick]))
            ends += [newcomer, ends[pick]]
    return np.asarray(edges, dtype=np.int64).T


def _random(agents: int, degree: int, generator: np.random.Generator) -> NDArray[np.int64]:
    return generator.integers(0, agents, (agents * degree // 2, 2)).T


def _from_edges(agents: int, edges: NDArray[np.int64]) -> Network:
    """Both directions of each edge (``edges`` has a row for either end), without loops and doubles.

    Edges are sorted by counting, agent by agent: the whole list sorted at once takes fifteen times as
    long, and all who share a simulation wait for it.
    """
    one, other = edges[:, edges[0] != edges[1]]
    ends = np.concatenate([one, other]), np.concatenate([other, one])
    marks = np.ones(2 * one.size, np.bool_)
    rows = sparse.coo_array((marks, ends), shape=(agents, agents)).tocsr()
    rows.sum_duplicates()
    offsets = rows.indptr.astype(np.int64)
    return Network(offsets, rows.indices.astype(np.int32), np.diff(offsets).astype(np.int32))
