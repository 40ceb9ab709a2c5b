"""The agent model, compiled: awareness, choice, churn and repeat purchase over a network.

A replication is a calendar of events. Nobody is visited on a day on which nothing can happen to them:

- One uniform an agent, against the running survival product, says how much advertising and word of
  mouth it takes until the agent knows the offer (its hazard is p + q x share of adopting neighbours).
- Occasions to buy come at random, and are the same days in every scenario. Between two of them an
  agent's tastes stay as they are, so that a choice changes only as the neighbours do. Who holds a
  rival's product waits for the next occasion; who holds nothing decides on hearing of the offer.
- The choice is logit. Given that ours is not the best, which rival is does not depend on how good
  ours is (Train 2009, ch. 3), so that rivals' customers among the unaware are counted by expectation.
- What happens in a step follows from what was so before it; adopters are pushed along their edges.

Every draw is a hash of (seed, replication, agent, step, purpose): results do not depend on threads,
shards, or which feature is switched on. All compiled code stands in this one file because numba's
cache on disk notices no change in another.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from smvm_workers.engine.compilation import compiled
from smvm_workers.engine.network import Network

Array = NDArray[np.float64]

_AWARENESS, _CHOICE, _CHURN, _OCCASION, _HOLDING, _SHOCK = 1, 2, 3, 4, 5, 6
"""Purposes: one stream of random numbers each."""

ADOPTERS, EVER, AWARE, PURCHASES, RIVALS = 0, 1, 2, 3, 4
"""Columns of the counts; the rivals' customers begin at ``RIVALS``."""

_UNAWARE, _KNOWS, _USES, _LEFT = 0, 1, 2, 3
"""What an agent is to us; who left does not come back before the next occasion."""


_AGENT = np.dtype(
    [
        ("credit", np.float64),
        ("nearness", np.float64),
        ("heard", np.int32),
        ("due", np.int32),
        ("after", np.int32),
        ("before", np.int32),
        ("epoch", np.int32),
        ("occasion", np.int32),
        ("leaves", np.int32),
        ("asked", np.int32),
        ("kind", np.int16),
        ("status", np.uint8),
        ("holds", np.int8),
        ("ever", np.uint8),
    ],
    align=True,
)
"""``heard`` counts adopting neighbours, ``nearness`` is the weight of each; ``credit`` is what the
hazard endured differs from that of the present neighbours since the start. ``due`` is the step of the
next event, in a list linked by ``after`` and ``before``; ``epoch`` that of the last occasion to buy,
``occasion`` of the next, ``leaves`` of churn. ``holds`` is a rival's number, 0 for nothing, -1 for
ours."""

_OURS, _REST, _SOCIAL, _PROPENSITY, _WITHIN, _WAITING, _FIRST_RIVAL = 0, 1, 2, 3, 4, 5, 6
"""Columns of the buyer types: exponentials of the utilities of ours, of all rivals together, and of
each (from the last column on); coefficient of neighbours; multiple of the hazard of awareness, and
the chance to hear by advertising alone within the steps; how many are unaware."""

_NOTHING, _CHURNS, _BUYS, _SHARE, _ENDURED, _AWARE_NOW = 0, 1, 2, 3, 4, 5
"""The state of the market: exponential of the utility of nothing; hazards a step of churn and of an
occasion; share of adopters, and the hazard that all endured on a complete graph; the aware."""


class _World(NamedTuple):
    """What a replication works on. ``head`` begins the list of each step's events; ``hazards``, shape
    (steps + 1, 2), are the advertising and the talk until then. ``held`` has a row for what the aware
    hold and one for what the unaware are expected to, by the shares ``expected`` of each type.

    Numba's cache on disk knows this class by name: who renames it clears the caches."""

    agents: Any
    head: Any
    kinds: Any
    keys: Any
    hazards: Any
    market: Any
    held: Any
    expected: Any
    complete: bool
    choice: bool


@compiled
def _mix(x: Any) -> Any:
    """A bijection of 64 bits: the finaliser of SplitMix64 (Steele, Lea & Flood 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@compiled
def _stream(seed: int, replication: int, purpose: int) -> Any:
    """The key of one purpose in one replication."""
    x = _mix(np.uint64(seed) + np.uint64(purpose) * np.uint64(0x9E3779B97F4A7C15))
    return _mix(x + np.uint64(replication) * np.uint64(0xD6E8FEB86659FD93))


@compiled
def _uniform(key: Any, agent: int, step: int) -> float:
    """A number in [0, 1) from a stream and its coordinates; ``step`` from -1."""
    at = np.uint64(agent) * np.uint64(0xA0761D6478BD642F)
    at += np.uint64(step + 1) * np.uint64(0xE7037ED1A0B428DB)
    return np.float64(_mix(key ^ at) >> np.uint64(11)) / 9007199254740992.0


@compiled
def _wait(draw: float, hazard: float, longest: int) -> int:
    """Steps until an event of constant hazard a step, from 1 to ``longest``."""
    if hazard <= 0.0:
        return longest
    steps = -np.log(1.0 - draw) / hazard
    return longest if steps >= longest - 1 else 1 + int(steps)


@compiled
def _link(world: _World, agent: int, step: int) -> None:
    """Enter an agent's next event; beyond the end there is none."""
    agents, head = world.agents, world.head
    agents[agent].due = step
    if step >= head.size:
        return
    following = head[step]
    agents[agent].after = following
    agents[agent].before = -1
    if following >= 0:
        agents[following].before = agent
    head[step] = agent


@compiled
def _unlink(world: _World, agent: int) -> None:
    agents, head = world.agents, world.head
    step = agents[agent].due
    if step >= head.size:
        return
    following, preceding = agents[agent].after, agents[agent].before
    if preceding >= 0:
        agents[preceding].after = following
    else:
        head[step] = following
    if following >= 0:
        agents[following].before = preceding


@compiled
def _hears_at(hazards: Array, near: float, credit: float, threshold: float, first: int) -> int:
    """The first step from ``first`` on at whose end the hazard endured reaches the threshold."""
    last: int = hazards.shape[0] - 1
    if first >= last or hazards[last, 0] + near * hazards[last, 1] + credit < threshold:
        return last
    low, high = first, last - 1
    while low < high:
        middle = (low + high) // 2
        if hazards[middle + 1, 0] + near * hazards[middle + 1, 1] + credit >= threshold:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def _threshold(key: Any, agent: int, propensity: float) -> float:
    """The hazard that this agent endures before hearing of the offer."""
    return -np.log(1.0 - _uniform(key, agent, 0)) / propensity if propensity > 0.0 else np.inf


@compiled
def _begin(world: _World) -> None:
    """Everybody unaware; who hears of the offer by advertising alone is entered for that step."""
    agents, kinds, hazards = world.agents, world.kinds, world.hazards
    key, last = world.keys[_AWARENESS], world.head.size
    world.head[:] = -1
    world.held[0] = 0.0
    for i in range(kinds.shape[0]):
        kinds[i, _WITHIN] = -np.expm1(-kinds[i, _PROPENSITY] * hazards[last, 0])
    for i in range(agents.size):
        agents[i].status = _UNAWARE
        agents[i].ever = 0
        agents[i].heard = 0
        agents[i].credit = 0.0
        agents[i].due = last
        agents[i].asked = -1
        kind = agents[i].kind
        if world.complete or _uniform(key, i, 0) < kinds[kind, _WITHIN]:
            threshold = _threshold(key, i, kinds[kind, _PROPENSITY])
            if world.complete:
                agents[i].credit = threshold
            else:
                _link(world, i, _hears_at(hazards, 0.0, 0.0, threshold, 0))


@compiled
def _takes_ours(world: _World, agent: int) -> bool:
    """Whether our offer is the best with the tastes of the current epoch."""
    me, kinds = world.agents[agent], world.kinds
    weight = kinds[me.kind, _OURS]
    near = world.market[_SHARE] if world.complete else me.heard * me.nearness
    if near > 0.0:
        weight *= np.exp(kinds[me.kind, _SOCIAL] * near)
    draw = _uniform(world.keys[_CHOICE], agent, me.epoch)
    best: bool = draw * (weight + kinds[me.kind, _REST] + world.market[_NOTHING]) < weight
    return best


@compiled
def _hold_otherwise(world: _World, agent: int) -> int:
    """Have the agent hold what is best in this epoch after ours: a rival's number, 0 for nothing."""
    me, kinds = world.agents[agent], world.kinds
    draw = _uniform(world.keys[_HOLDING], agent, me.epoch)
    mark = draw * (kinds[me.kind, _REST] + world.market[_NOTHING])
    found = 0
    for rival in range(1, world.held.shape[1]):
        mark -= kinds[me.kind, _FIRST_RIVAL + rival - 1]
        if mark < 0.0:
            found = rival
            break
    me.holds = found
    world.held[0, found] += 1.0
    return found


@compiled
def _next_occasion(world: _World, agent: int, step: int) -> int:
    draw = _uniform(world.keys[_OCCASION], agent, step)
    return step + _wait(draw, world.market[_BUYS], world.head.size + 1)


@compiled
def _adopt(world: _World, agent: int, step: int) -> None:
    me = world.agents[agent]
    if me.holds >= 0:
        world.held[0, me.holds] -= 1.0
        me.holds = -1
    me.status = _USES
    draw = _uniform(world.keys[_CHURN], agent, step)
    me.leaves = step + _wait(draw, world.market[_CHURNS], world.head.size + 1)
    _unlink(world, agent)
    _link(world, agent, min(me.leaves, me.occasion))


@compiled
def _hear(world: _World, agent: int, step: int) -> bool:
    """Become aware, in the midst of an epoch; returns whether the agent adopts at once."""
    me = world.agents[agent]
    me.status = _KNOWS
    start, following = -1, _next_occasion(world, agent, -1)
    while following <= step:
        start, following = following, _next_occasion(world, agent, following)
    me.epoch = start
    me.occasion = following
    _link(world, agent, following)
    if _hold_otherwise(world, agent) > 0 or not _takes_ours(world, agent):
        return False
    _adopt(world, agent, step)
    return True


@compiled
def _have_occasion(world: _World, agent: int, step: int) -> bool:
    """Choose anew among all; returns whether the agent adopts."""
    me = world.agents[agent]
    me.status = _KNOWS
    me.epoch = step
    me.occasion = _next_occasion(world, agent, step)
    _link(world, agent, me.occasion)
    if _takes_ours(world, agent):
        _adopt(world, agent, step)
        return True
    world.held[0, me.holds] -= 1.0
    _hold_otherwise(world, agent)
    return False


@compiled
def _use(world: _World, agent: int, step: int) -> bool:
    """A user's event: returns True for leaving, False for buying again."""
    me = world.agents[agent]
    leaving = me.leaves == step
    if me.occasion == step:
        me.epoch = step
        me.occasion = _next_occasion(world, agent, step)
    if not leaving:
        _link(world, agent, min(me.leaves, me.occasion))
        return False
    me.status = _LEFT
    if world.choice:
        _hold_otherwise(world, agent)
        _link(world, agent, me.occasion)
    return True


@compiled
def _notice(
    world: _World, agent: int, step: int, sign: int, asked: NDArray[np.int32], asking: int
) -> int:
    """A neighbour began (+1) or ceased (-1) to use ours. The unaware hear of it at another time than
    they would have; the aware who hold nothing look again in the next step. Returns how many do."""
    me = world.agents[agent]
    me.heard += sign
    if me.status == _UNAWARE:
        me.credit -= sign * me.nearness * world.hazards[step + 1, 1]
        threshold = _threshold(world.keys[_AWARENESS], agent, world.kinds[me.kind, _PROPENSITY])
        near = me.heard * me.nearness
        due = _hears_at(world.hazards, near, me.credit, threshold, step + 1)
        if due != me.due:
            _unlink(world, agent)
            _link(world, agent, due)
    elif me.status == _KNOWS and me.holds == 0 and sign > 0 and me.asked != step:
        me.asked = step
        asked[asking] = agent
        return asking + 1
    return asking


@compiled
def _weigh(
    kinds: Array, traits: Array, row: Array, prices: Array, qualities: Array, brands: Array
) -> None:
    """Exponentials of the utilities of each buyer type."""
    for i in range(kinds.shape[0]):
        kinds[i, _REST] = 0.0
        for k in range(brands.size):
            utility = row[3] * traits[i, 1] * qualities[k] + brands[k]
            weight = np.exp(utility - row[2] * traits[i, 0] * prices[k])
            if k == 0:
                kinds[i, _OURS] = weight
            else:
                kinds[i, _FIRST_RIVAL + k - 1] = weight
                kinds[i, _REST] += weight


@compiled
def _relax(world: _World, share: float) -> None:
    """Move the rivals' shares among the unaware towards what they would now choose."""
    kinds, expected, away = world.kinds, world.expected, world.held[1]
    away[:] = 0.0
    for i in range(expected.shape[0]):
        total = kinds[i, _REST] + world.market[_NOTHING]
        for rival in range(1, expected.shape[1]):
            now = kinds[i, _FIRST_RIVAL + rival - 1] / total
            expected[i, rival] += share * (now - expected[i, rival])
            away[rival] += kinds[i, _WAITING] * expected[i, rival]


@compiled
def _learn(world: _World, agent: int, step: int) -> bool:
    """Become aware; without choice that is to adopt."""
    me = world.agents[agent]
    world.kinds[me.kind, _WAITING] -= 1.0
    world.market[_AWARE_NOW] += 1.0
    if world.choice:
        for rival in range(1, world.held.shape[1]):
            world.held[1, rival] -= world.expected[me.kind, rival]
        return _hear(world, agent, step)
    me.holds = -1
    me.occasion = world.head.size
    _adopt(world, agent, step)
    return True


@compiled
def _happen(world: _World, agent: int, step: int) -> int:
    """An agent's event: +1 for beginning to use ours, -1 for ceasing, 2 for buying again, else 0."""
    status = world.agents[agent].status
    if status == _USES:
        return -1 if _use(world, agent, step) else 2
    if status == _UNAWARE:
        return 1 if _learn(world, agent, step) else 0
    return 1 if _have_occasion(world, agent, step) else 0


@compiled
def _look_again(world: _World, agent: int, step: int) -> bool:
    me = world.agents[agent]
    if me.status != _KNOWS or me.holds != 0 or not _takes_ours(world, agent):
        return False
    _adopt(world, agent, step)
    return True


@compiled
def _advance(
    world: _World,
    step: int,
    changed: NDArray[np.int32],
    asked: NDArray[np.int32],
    asking: int,
) -> tuple[int, int]:
    """One step: events, then who looks again. Fills ``changed`` with agents that began (agent + 1)
    or ceased (-agent - 1) to use ours; returns how many, and how many bought again."""
    agents = world.agents
    changes = repeats = 0
    agent = world.head[step]
    world.head[step] = -1
    while agent >= 0:
        following = agents[agent].after
        agents[agent].due = world.head.size
        event = _happen(world, agent, step)
        if event == 2:
            repeats += 1
        elif event != 0:
            changed[changes] = event * (agent + 1)
            changes += 1
        agent = following
    for k in range(asking):
        if _look_again(world, asked[k], step):
            changed[changes] = asked[k] + 1
            changes += 1
    if world.complete:
        for other in range(agents.size):
            unaware = agents[other].status == _UNAWARE
            hears = unaware and agents[other].credit <= world.market[_ENDURED]
            if hears and _learn(world, other, step):
                changed[changes] = other + 1
                changes += 1
    return changes, repeats


@compiled
def _start(
    world: _World,
    seed: int,
    replication: int,
    row: Array,
    rhythm: Array,
    step_length: float,
    traits: Array,
    people: Array,
) -> None:
    """Set the world to the morning of the launch: the market as the types choose without ours."""
    for purpose in range(world.keys.size):
        world.keys[purpose] = _stream(seed, replication, purpose)
    for step in range(rhythm.size):
        for k in range(2):
            world.hazards[step + 1, k] = (
                world.hazards[step, k] + row[k] * rhythm[step] * step_length
            )
    world.market[:] = 0.0
    world.market[_NOTHING] = np.exp(row[5])
    world.market[_CHURNS] = row[6] * step_length
    world.market[_BUYS] = row[7] * step_length
    for i in range(traits.shape[0]):
        world.kinds[i, _SOCIAL] = row[4] * traits[i, 2]
        world.kinds[i, _PROPENSITY] = traits[i, 3]
        world.kinds[i, _WAITING] = people[i]
    _begin(world)


@compiled
def _spread(
    world: _World,
    offsets: NDArray[np.int64],
    targets: NDArray[np.int32],
    step: int,
    changed: NDArray[np.int32],
    asked: NDArray[np.int32],
    totals: NDArray[np.int64],
) -> int:
    """Count who began and ceased, and let their neighbours notice; returns how many look again."""
    asking = 0
    for k in range(changed.size):
        agent = abs(changed[k]) - 1
        sign = 1 if changed[k] > 0 else -1
        totals[ADOPTERS] += sign
        totals[PURCHASES] += sign > 0
        if sign > 0 and world.agents[agent].ever == 0:
            world.agents[agent].ever = 1
            totals[EVER] += 1
        for edge in range(offsets[agent], offsets[agent + 1]):
            asking = _notice(world, targets[edge], step, sign, asked, asking)
    return asking


@compiled
def _changes(paths: Array, step: int) -> bool:
    """Whether prices or qualities are other than in the step before."""
    for k in range(paths.shape[1]):  # noqa: SIM110 (a generator would need numba's runtime)
        if paths[step, k] != paths[step - 1, k]:
            return True
    return False


@compiled
def _replicate(
    world: _World,
    seed: int,
    first_replication: int,
    step_length: float,
    offsets: NDArray[np.int64],
    targets: NDArray[np.int32],
    traits: Array,
    people: Array,
    parameters: Array,
    rhythm: Array,
    prices: Array,
    qualities: Array,
    brands: Array,
    changed: NDArray[np.int32],
    asked: NDArray[np.int32],
    totals: NDArray[np.int64],
    counts: Array,
) -> None:
    """Fill ``counts``; ``changed``, ``asked`` and ``totals`` are room to work in."""
    replications, steps = rhythm.shape
    size, rivals = world.agents.size, brands.size - 1
    for r in range(replications):
        row = parameters[r]
        _start(world, seed, first_replication + r, row, rhythm[r], step_length, traits, people)
        _weigh(world.kinds, traits, row, prices[0], qualities[0], brands)
        if world.choice:
            _relax(world, 1.0)
        draw = _uniform(world.keys[_SHOCK], 0, 0)
        shock = _wait(draw, row[8] * step_length, steps + 1) - 1
        totals[:] = 0
        asking = 0
        moved = False
        for step in range(steps):
            if step == shock:
                world.market[_NOTHING] *= np.exp(row[9])
                moved = True
            if step > 0 and (_changes(prices, step) or _changes(qualities, step)):
                _weigh(world.kinds, traits, row, prices[step], qualities[step], brands)
                moved = True
            if moved and world.choice:
                _relax(world, -np.expm1(-world.market[_BUYS]))
            world.market[_SHARE] = totals[ADOPTERS] / max(1, size - 1)
            for k in range(2):
                hazard = world.hazards[step + 1, k] - world.hazards[step, k]
                world.market[_ENDURED] += hazard * (world.market[_SHARE] if k == 1 else 1.0)
            changes, totals[PURCHASES] = _advance(world, step, changed, asked, asking)
            asking = _spread(world, offsets, targets, step, changed[:changes], asked, totals)
            totals[AWARE] = np.int64(world.market[_AWARE_NOW])
            for k in range(RIVALS):
                counts[r, step, k] = totals[k]
            for k in range(rivals):
                counts[r, step, RIVALS + k] = world.held[0, k + 1] + world.held[1, k + 1]


def run_replications(
    seed: int,
    first_replication: int,
    step_length: float,
    graph: Network,
    types: NDArray[np.int16],
    traits: Array,
    parameters: Array,
    rhythm: Array,
    prices: Array,
    qualities: Array,
    brands: Array,
    *,
    choice: bool,
) -> Array:
    """Counts after each step, shape (replications, steps, 4 + rivals): adopters, ever adopted, aware,
    purchases in the step, and each rival's customers (expected ones among the unaware).

    ``parameters`` has a row a replication: advertising and word-of-mouth hazard (per unit of time),
    price, quality and social coefficient, utility of nothing, churn hazard, rate of occasions (per
    unit of time), hazard of a shock (per unit of time) and what it adds to the utility of nothing.
    ``rhythm``, shape (replications, steps), multiplies both hazards of awareness. ``types`` gives
    each agent its row of ``traits``: multiples of price, quality and social sensitivity and of the
    hazard of awareness. ``prices`` and ``qualities`` have shape (steps, alternatives), ours first.
    With ``choice`` false whoever becomes aware adopts: the bare Bass model on the network. On a
    complete graph neighbours do not make the aware look again before their next occasion.
    """
    steps, rivals = rhythm.shape[1], brands.size - 1
    agents = np.zeros(graph.degrees.size, _AGENT)
    agents["kind"] = types
    agents["nearness"] = 1.0 / np.maximum(graph.degrees, 1)
    world = _World(
        agents,
        np.zeros(steps, np.int32),
        np.zeros((len(traits), _FIRST_RIVAL + rivals)),
        np.zeros(8, np.uint64),
        np.zeros((steps + 1, 2)),
        np.zeros(8),
        np.zeros((2, rivals + 1)),
        np.zeros((len(traits), rivals + 1)),
        graph.complete,
        choice,
    )
    counts = np.zeros((*rhythm.shape, RIVALS + rivals))
    _replicate(
        world,
        seed,
        first_replication,
        step_length,
        graph.offsets,
        graph.targets,
        traits,
        np.bincount(types, minlength=len(traits)).astype(np.float64),
        parameters,
        rhythm,
        prices,
        qualities,
        brands,
        np.zeros(agents.size, np.int32),
        np.zeros(agents.size, np.int32),
        np.zeros(RIVALS, np.int64),
        counts,
    )
    return counts
