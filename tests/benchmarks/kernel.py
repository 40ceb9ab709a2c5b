"""How fast the simulation is, beside Mesa, NumPy with sparse matrices, and the machine's memory.

Run: python tests/benchmarks/kernel.py [section …], sections: peers, memory, job, common, shards,
stages.
Single-threaded figures are CPU time, so that a machine shared with others tells of the code; what
uses two cores is wall time. Best of several, compilation and the making of networks left out.
"""

import logging
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import mesa
import numpy as np
from scipy import sparse

sys.path.insert(0, str(Path(__file__).parents[1]))

from smvm_common.settings import SimulationSettings
from smvm_common.tasks import Share
from smvm_workers.engine.kernel import run_replications
from smvm_workers.engine.network import Network, build
from smvm_workers.engine.replications import World, run_block
from smvm_workers.engine.simulation import run_blocks
from smvm_workers.pipeline import BY_NAME, STAGES
from smvm_workers.stages import market_simulation
from smvm_workers.stages.analysis_inputs import beliefs
from smvm_workers.stages.base import StageInput
from support.analysis import FINANCE_IDEA, Analysis

DAYS, DEGREE = 30, 10
P, Q = 0.03 / 365, 0.38 / 365
"""The means of Sultan, Farley & Lehmann 1990, per day."""


def best(work: Callable[[], object], times: int, clock: Callable[[], float]) -> float:
    """Seconds of the fastest of several runs, after one that does not count."""
    work()
    found = []
    for _ in range(times):
        start = clock()
        work()
        found.append(clock() - start)
    return min(found)


class Person(mesa.Agent):
    """The bare rule: adopt with the hazard p + q x share of adopting neighbours."""

    def __init__(self, model: "Town") -> None:
        super().__init__(model)
        self.adopted = self.adopts = False
        self.neighbours: list[Person] = []

    def decide(self) -> None:
        if not self.adopted:
            near = sum(other.adopted for other in self.neighbours) / len(self.neighbours)
            self.adopts = self.random.random() < P + Q * near

    def advance(self) -> None:
        self.adopted = self.adopted or self.adopts


class Town(mesa.Model):
    def __init__(self, graph: Network) -> None:
        super().__init__(seed=1)
        people = [Person(self) for _ in range(graph.degrees.size)]
        for i, person in enumerate(people):
            heard = graph.targets[graph.offsets[i] : graph.offsets[i + 1]]
            person.neighbours = [people[j] for j in heard]

    def step(self) -> None:
        self.agents.do("decide")
        self.agents.do("advance")


def mesa_replication(town: Town) -> None:
    for person in town.agents:
        person.adopted = person.adopts = False
    for _ in range(DAYS):
        town.step()


def numpy_replication(matrix: sparse.csr_array, weights: np.ndarray, seed: int = 1) -> np.ndarray:
    generator = np.random.Generator(np.random.SFC64(seed))
    adopted = np.zeros(weights.size, np.float32)
    for _ in range(DAYS):
        hazard = P + Q * (matrix @ adopted) * weights
        adopted[generator.random(weights.size, np.float32) < hazard] = 1
    return adopted


def bare_kernel(graph: Network, replications: int) -> None:
    row = np.array([P, Q, 0, 0, 0, 0, 0, 0, 0, 0])
    run_replications(
        1,
        0,
        1.0,
        graph,
        np.zeros(graph.degrees.size, np.int16),
        np.ones((1, 4)),
        np.tile(row, (replications, 1)),
        np.ones((replications, DAYS)),
        np.ones((DAYS, 1)),
        np.ones((DAYS, 1)),
        np.zeros(1),
        choice=False,
    )


def stage_input(agents: int) -> StageInput:
    after = frozenset(stage.name for stage in STAGES[4:])
    analysis = Analysis(FINANCE_IDEA, left_out=after)
    given = analysis.input_of(BY_NAME["market_simulation"])
    return replace(given, simulation=SimulationSettings(agents=agents))


def world_of(agents: int) -> World:
    given = stage_input(agents)
    return market_simulation.world_of(given, beliefs(given))


def peers() -> None:
    """The full choice kernel over the priors of an idea against the bare rule elsewhere."""
    block = market_simulation.Block("baseline", 0, 64)
    for agents in (10_000, 100_000):
        graph = build("small_world", agents, DEGREE, 0.1, 1)
        town = Town(graph)
        in_mesa = best(lambda town=town: mesa_replication(town), 2, time.process_time)
        size = (agents, agents)
        matrix = sparse.csr_array(
            (np.ones(graph.targets.size, np.float32), graph.targets, graph.offsets), size
        )
        weights = (1 / graph.degrees).astype(np.float32)
        in_numpy = best(
            lambda matrix=matrix, weights=weights: numpy_replication(matrix, weights),
            9,
            time.process_time,
        )
        bare = best(lambda graph=graph: bare_kernel(graph, 64), 5, time.process_time) / 64
        world = world_of(agents)
        full = best(lambda world=world: run_block(world, block), 5, time.process_time) / 128
        print(f"\n{agents:,} agents, 30 days, ms of one core a replication:")
        print(
            f"  bare rule: Mesa {mesa.__version__} {1e3 * in_mesa:.1f}, NumPy and SciPy"
            f" {1e3 * in_numpy:.2f}, this kernel {1e3 * bare:.3f}"
        )
        print(
            f"  full choice, this kernel {1e3 * full:.3f}: {in_mesa / full:,.0f} times Mesa,"
            f" {in_numpy / full:.1f} times NumPy; {agents * DAYS / full / 1e6:,.0f} million"
            " agent-steps a second"
        )


def memory() -> None:
    """What a pass over the agents must take at the speed of the memory."""
    values = np.zeros(2**26)
    other = np.ones(2**26)

    def copy() -> None:
        np.copyto(values, other)

    speed = 2 * values.nbytes / best(copy, 7, time.perf_counter)
    world = world_of(100_000)
    block = market_simulation.Block("baseline", 0, 64)
    full = best(lambda: run_block(world, block), 5, time.process_time) / 128
    print(f"\nmemory: {speed / 1e9:.1f} GB/s on one core (copy of {values.nbytes / 2**20:.0f} MiB)")
    for name, touched in (
        ("every agent every day, 7 bytes", 7 * 100_000 * DAYS),
        ("every agent's record once, 64 bytes", 64 * 100_000),
    ):
        bound = touched / speed
        print(
            f"  {name}: {1e3 * bound:.2f} ms for 100,000 agents; the kernel takes"
            f" {full / bound:.1f} times that"
        )


def job() -> None:
    """About 1,000 replications of 10,000 agents over 30 days."""
    world = world_of(10_000)
    blocks = tuple(market_simulation.Block("baseline", i, 50) for i in range(0, 500, 50))
    for threads in (1, 2):
        wall, cpu = (
            best(lambda n=threads: run_blocks(world, blocks, n), 5, clock)
            for clock in (time.perf_counter, time.process_time)
        )
        print(
            f"\n1,000 replications x 10,000 agents x 30 days on {threads} thread(s):"
            f" {wall:.2f} s, of processor time {cpu:.2f} s"
        )


def common() -> None:
    """How much less the effect of a price cut varies over common random numbers."""
    world = world_of(10_000)
    ours, *others = world.conditions.prices
    cut = replace(world, conditions=replace(world.conditions, prices=(0.9 * ours, *others)))
    block = market_simulation.Block("baseline", 0, 512)
    before, after = (run_block(w, block)[..., -1, 0].astype(np.float64) for w in (world, cut))
    # within a draw, what is left is chance alone; over the draws the parameters are common too
    chance = (before.var(axis=1, ddof=1) + after.var(axis=1, ddof=1)).mean()
    left = (after - before).var(axis=1, ddof=1).mean()
    print(
        f"\nvariance of the effect of a price 10 % lower ({(after / before.mean()).mean() - 1:+.1%}"
        f" adopters): common random numbers divide that of chance by {chance / left:.1f}, that"
        f" over draws by {(before.var() + after.var()) / (after - before).var():.0f}"
    )


def _share(given: StageInput, share: Share) -> float:
    """Processor time that a worker needs for its share."""
    start = time.process_time()
    for _ in market_simulation.compute_parts(given, share.own):
        pass
    return time.process_time() - start


def shards() -> None:
    """The first wave of a job of 100,000 agents, by one process and by two."""
    given = stage_input(100_000)
    wave = market_simulation.outstanding_parts(given)
    wall, needed = [], []
    for workers in (1, 2):
        with ProcessPoolExecutor(workers) as pool:
            inputs, shares = [given] * workers, [Share(wave, i, workers) for i in range(workers)]
            list(pool.map(_share, inputs, shares))
            start = time.perf_counter()
            needed.append(max(pool.map(_share, inputs, shares)))
            wall.append(time.perf_counter() - start)
    print(
        f"\n{len(wave)} blocks of 100,000 agents: one process {wall[0]:.1f} s, two {wall[1]:.1f} s,"
        f" {wall[0] / wall[1]:.2f} times as fast; by processor time of the slower"
        f" {needed[0]:.1f} s and {needed[1]:.1f} s, {needed[0] / needed[1]:.2f} times"
    )


def stages() -> None:
    """One whole idea, warm, on one core."""
    analysis = Analysis(FINANCE_IDEA)
    total = 0.0
    print()
    for stage in STAGES:
        given = analysis.input_of(stage)
        took = best(lambda s=stage, g=given: s.run(g), 3, time.process_time)
        total += took
        print(f"  {stage.name:22} {took:.3f} s")
    print(f"  {'all':22} {total:.3f} s")


if __name__ == "__main__":
    # or Mesa would log each step
    logging.getLogger("MESA").setLevel(logging.WARNING)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    known = {f.__name__: f for f in (peers, memory, job, common, shards, stages)}
    for name in sys.argv[1:] or known:
        known[name]()
