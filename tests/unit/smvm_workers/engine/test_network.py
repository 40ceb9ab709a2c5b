import numpy as np
import pytest

from smvm_workers.engine.network import Kind, build


@pytest.mark.parametrize("kind", ["small_world", "scale_free", "random"])
def test_edges_go_both_ways_without_loops_and_doubles(kind: Kind) -> None:
    graph = build(kind, 300, 6, 0.2, seed=5)
    pairs = [
        (agent, int(other))
        for agent in range(300)
        for other in graph.targets[graph.offsets[agent] : graph.offsets[agent + 1]]
    ]
    assert len(pairs) == len(set(pairs))
    assert all(one != other and (other, one) in set(pairs) for one, other in pairs)
    assert graph.degrees.tolist() == np.diff(graph.offsets).tolist()
    assert graph.degrees.mean() == pytest.approx(6, rel=0.05)


def test_each_agents_neighbours_are_listed_in_order() -> None:
    graph = build("small_world", 5000, 10, 0.5, seed=5)
    rises = np.diff(graph.targets) > 0
    between = np.isin(np.arange(1, graph.targets.size), graph.offsets[1:-1])
    assert (rises | between).all()


def test_without_rewiring_the_small_world_is_a_lattice() -> None:
    graph = build("small_world", 50, 4, 0.0, seed=1)
    assert sorted(graph.targets[:4]) == [1, 2, 48, 49]
    assert (graph.degrees == 4).all()


def test_scale_free_has_hubs_where_random_has_none() -> None:
    hubs = build("scale_free", 2000, 6, 0, seed=2).degrees.max()
    assert hubs > 3 * build("random", 2000, 6, 0, seed=2).degrees.max()


def test_one_sided_ring_hears_from_one() -> None:
    graph = build("ring", 5, 0, 0, seed=0)
    assert graph.targets.tolist() == [1, 2, 3, 4, 0]
    assert (graph.degrees == 1).all()


def test_same_seed_same_graph() -> None:
    one, two = (build("small_world", 200, 6, 0.3, seed=9) for _ in range(2))
    other = build("small_world", 200, 6, 0.3, seed=10)
    assert one.targets.tobytes() == two.targets.tobytes()
    assert one.targets.tobytes() != other.targets.tobytes()
