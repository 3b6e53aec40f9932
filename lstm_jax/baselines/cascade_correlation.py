"""Recurrent cascade-correlation (Fahlman 1991; Table 1): a net that grows by one hidden unit at a time.

Weights change once per epoch, in which every training sequence is shown. While the error falls the output weights
learn; when it no longer does, a pool of candidates for the next hidden unit, which do not act on the outputs, learn to
vary together with the errors that are left. The best of them is installed. From then on its incoming weights are
frozen, and the outputs and all later candidates see it.
"""

from functools import reduce
from operator import add
from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from pydantic import Field

from lstm_jax.baselines import quickprop
from lstm_jax.baselines.quickprop import Past
from lstm_jax.cells.squashing import LOGISTIC, Squashing, slope, squash
from lstm_jax.configuration import configuration
from lstm_jax.random import uniform
from lstm_jax.types import Array, Bool, Float, Int, Key, Sequence


class Units(NamedTuple):
    """The weights into hidden units, or candidates."""

    sources: Float[Array, "units sources *lanes"]
    """Weights from the bias, the inputs, and earlier hidden units."""
    recurrent: Float[Array, "units *lanes"]
    """Weight of each unit from itself, one step late."""


class CascadeWeights(NamedTuple):
    """Weights of as many hidden units as there can be; those of and from units not yet installed are zero."""

    hidden: Units
    output: Float[Array, "outputs sources *lanes"]
    """Weights from the bias, the inputs and all hidden units."""


class Memory(NamedTuple):
    """Where a lane's growth stands."""

    installed: Int[Array, "*lanes"]
    """Number of hidden units that are installed."""
    choosing: Bool[Array, "*lanes"]
    """Whether candidates learn; if not, the output weights do."""
    reference: Float[Array, "*lanes"]
    """Error or score that a change is measured from."""
    patience: Int[Array, "*lanes"]
    """Number of epochs in which the error or the score has not changed by enough."""
    output_past: Past
    candidates: Units
    candidates_past: Past


@configuration
class CascadeCorrelation:
    """Output units over inputs and a cascade of hidden units, each of which sees all before it, and itself.

        y_i(t) = f(b_i + W_i x(t) + sum over j < i of V_ij y_j(t) + v_i y_i(t-1))
        S      = sum over outputs of | sum over all steps of (y - mean y)(e - mean e) | / sum of e^2

    A candidate climbs its score S, where e are the errors of the net as it is. The numbers are those of Fahlman's
    programs.
    """

    inputs: Annotated[int, Field(ge=1)]
    """Size of the alphabet."""
    outputs: Annotated[int, Field(ge=1)]
    max_units: Annotated[int, Field(ge=0, le=100)] = 9
    """Most hidden units that a net grows; Table 1 has nets of 7 to 9."""
    candidates: Annotated[int, Field(ge=1)] = 8
    """Number of candidates in a pool."""
    squashing: Squashing = (-0.5, 0.5)
    """f, the squashing function of hidden units; output units are logistic."""
    growth: Annotated[float, Field(gt=0)] = 2.0
    """Quickprop's mu: a change of a weight is at most this many times the one before."""
    decay: Annotated[float, Field(ge=0)] = 1e-4
    """Share of an output weight that is added to its slope, summed over all steps of an epoch."""
    slope_offset: Annotated[float, Field(ge=0)] = 0.1
    """Number added to the derivative of output units, which is nearly zero where one is quite wrong."""
    patience: Annotated[int, Field(ge=1)] = 8
    """Number of epochs without enough change that end a phase."""
    output_change: Annotated[float, Field(ge=0)] = 0.01
    """Relative change of the error that is enough while output weights learn."""
    candidate_change: Annotated[float, Field(ge=0)] = 0.03
    """Relative change of the best candidate's score that is enough while candidates learn."""

    answers_all = True
    """True: it answers at every step, so that there have to be targets."""
    wide = False
    """False: lanes are advanced several at a time."""

    @property
    def _always(self) -> int:
        """Number of sources that are there from the start."""
        return 1 + self.inputs

    @property
    def _sources(self) -> int:
        return self._always + self.max_units

    @property
    def weight_count(self) -> int:
        """Number of weights of a net with all its hidden units."""
        hidden = sum(self._always + i + 1 for i in range(self.max_units))
        return hidden + self.outputs * self._sources

    def init(self, key: Key[Array, "*lanes"], weight_range: Float[Array, "*lanes"]) -> CascadeWeights:
        """Draw output weights from [-weight_range, weight_range). There are no hidden units."""
        draws = self._draw(key, self.outputs, weight_range)
        lanes, dtype = key.shape, draws.dtype
        nothing = Units(
            jnp.zeros((self.max_units, self._sources, *lanes), dtype), jnp.zeros((self.max_units, *lanes), dtype)
        )
        return CascadeWeights(nothing, jnp.where(self._available(jnp.zeros(lanes, jnp.int32)), draws[:, :-1], 0))

    def begin(self, weights: CascadeWeights) -> Memory:
        """The memory before the first epoch, in which the output weights learn."""
        lanes = weights.output.shape[2:]
        pool = Units(*(jnp.zeros((self.candidates, *part.shape[1:]), part.dtype) for part in weights.hidden))
        return Memory(
            installed=jnp.zeros(lanes, jnp.int32),
            choosing=jnp.zeros(lanes, bool),
            reference=jnp.zeros(lanes, weights.output.dtype),
            patience=jnp.zeros(lanes, jnp.int32),
            output_past=quickprop.start(weights.output),
            candidates=pool,
            candidates_past=quickprop.start(pool),
        )

    def apply(self, weights: CascadeWeights, sequence: Sequence) -> Float[Array, "time outputs *lanes"]:
        """The outputs at every step (meaningless from `length` on). Lanes of weights may be broadcast."""
        return self._outputs(weights.output, self._seen(weights.hidden, sequence))

    def learn(
        self,
        weights: CascadeWeights,
        memory: Memory,
        sequences: Sequence,
        key: Key[Array, "*lanes"],
        rate: Float[Array, "*lanes"],
        weight_range: Float[Array, "*lanes"],
    ) -> tuple[CascadeWeights, Memory, Float[Array, "time outputs sequences *lanes"]]:
        """One epoch: show all sequences and change the weights of outputs or candidates once.

        Args:
            weights: of every lane.
            memory: of every lane.
            sequences: all training sequences, with targets at every step; `[..., sequences, *lanes]`.
            key: for new candidates.
            rate: of quickprop's gradient descent; slopes are those of the mean squared error and of S.
            weight_range: from which candidates are drawn.

        Returns:
            New weights, new memory, and the outputs before the change.
        """
        mask = sequences.target_mask
        assert mask is not None
        hidden, output = _one_for_all(weights, key.ndim)
        seen = self._seen(hidden, sequences)
        outputs = self._outputs(output, seen)
        errors = jnp.where(mask[:, None], outputs - sequences.targets, 0)
        available = self._available(memory.installed)

        slopes = jnp.where(available, self._output_slopes(weights.output, seen, outputs, errors, mask), 0)
        output, output_past = quickprop.step(weights.output, slopes, memory.output_past, rate, self.growth)

        (_, (scores, covariances)), climb = jax.value_and_grad(self._scores, has_aux=True)(
            memory.candidates, seen, errors, mask
        )
        downhill = Units(jnp.where(available, -climb.sources, 0), -climb.recurrent)
        candidates, candidates_past = quickprop.step(
            memory.candidates, downhill, memory.candidates_past, rate, self.growth
        )

        measure = jnp.where(memory.choosing, jnp.max(scores, axis=0), _sum_of_squares(errors))
        enough = jnp.where(memory.choosing, self.candidate_change, self.output_change)
        changed = jnp.abs(measure - memory.reference) > enough * memory.reference
        patience = jnp.where(changed, 0, memory.patience + 1)
        over = patience >= self.patience
        install = over & memory.choosing
        choose = over & ~memory.choosing & (memory.installed < self.max_units)

        new_phase = install | choose
        learned = weights._replace(output=jnp.where(memory.choosing, weights.output, output))
        grown = self._install(weights, memory, scores, covariances)
        draws = self._draw(key, self.candidates, weight_range)
        fresh = Units(jnp.where(available, draws[:, :-1], 0), draws[:, -1])
        keep = memory.choosing
        output_past = _pick(keep, memory.output_past, output_past)
        candidates, candidates_past = _pick(
            keep, (candidates, candidates_past), (memory.candidates, memory.candidates_past)
        )
        new = Memory(
            installed=memory.installed + install.astype(jnp.int32),
            choosing=(memory.choosing | choose) & ~install,
            reference=jnp.where(new_phase, 0, jnp.where(changed, measure, memory.reference)),
            patience=jnp.where(new_phase, 0, patience),
            output_past=_pick(new_phase, quickprop.start(weights.output), output_past),
            candidates=_pick(choose, fresh, candidates),
            candidates_past=_pick(choose, quickprop.start(fresh), candidates_past),
        )
        return _pick(install, grown, learned), new, outputs

    def _draw(self, key, units: int, weight_range) -> Float[Array, "units weights *lanes"]:
        """Random weights from all sources and one more."""
        draws = uniform(key, units * (self._sources + 1)).astype(weight_range.dtype)
        return weight_range * (2 * draws.reshape(units, self._sources + 1, *key.shape) - 1)

    def _available(self, installed: Int[Array, "*lanes"]) -> Bool[Array, "sources *lanes"]:
        """Which sources are there when so many hidden units are."""
        return _places(self._sources, installed) < self._always + installed

    def _seen(self, hidden: Units, sequence: Sequence) -> Float[Array, "time sources *lanes"]:
        """What outputs and candidates see: one, the inputs as one-hot vectors, and the hidden units."""
        shown = (sequence.inputs[:, None] == _places(self.inputs, sequence.length)).astype(hidden.sources.dtype)
        seen = jnp.concatenate([jnp.ones_like(shown[:, :1]), shown], axis=1)
        for i in range(self.max_units):
            unit = Units(hidden.sources[i : i + 1, : self._always + i], hidden.recurrent[i : i + 1])
            seen = jnp.concatenate([seen, self._respond(unit, seen)], axis=1)
        return seen

    def _respond(self, units: Units, seen: Float[Array, "time sources *#lanes"]) -> Float[Array, "time units *lanes"]:
        """Activations of units that do not see each other."""
        net = _weighted_sum(units.sources, seen)

        def step(y, net):
            y = squash(self.squashing, net + units.recurrent * y)
            return y, y

        return lax.scan(step, jnp.zeros_like(net[0]), net)[1]

    def _outputs(self, output, seen) -> Float[Array, "time outputs *lanes"]:
        return squash(LOGISTIC, _weighted_sum(output, seen))

    def _output_slopes(self, output, seen, outputs, errors, mask) -> Float[Array, "outputs sources *lanes"]:
        """Slopes of half the mean squared error, with the derivative's offset and the decay."""
        delta = errors * (slope(LOGISTIC, outputs) + self.slope_offset)
        steps = jnp.sum(mask, axis=(0, 1)).astype(errors.dtype)
        return (_summed_products(delta, seen) + self.decay * output) / steps

    def _scores(self, candidates: Units, seen, errors, mask):
        """The sum of all scores (lanes and candidates share nothing), and `[candidates, *lanes]` S, and covariances."""
        activations = self._respond(_one_for_all(candidates, mask.ndim - 2), seen)
        steps = jnp.sum(mask, axis=(0, 1)).astype(errors.dtype)
        mean = jnp.sum(errors, axis=(0, 2)) / steps
        # The mean of y would be multiplied by the sum of these, which is zero.
        deviations = jnp.where(mask[:, None], errors - mean[None, :, None], 0)
        covariances = _summed_products(activations, deviations) / _sum_of_squares(errors)
        scores = jnp.sum(jnp.abs(covariances), axis=1)
        return jnp.sum(scores), (scores, covariances)

    def _install(self, weights: CascadeWeights, memory: Memory, scores, covariances) -> CascadeWeights:
        """The net with its best candidate, whose output weights start against the errors it varies with."""
        best = jnp.argmax(scores, axis=0)

        def of_best(values):
            index = best.reshape(*(1,) * (values.ndim - best.ndim), *best.shape)
            return jnp.take_along_axis(values, index, axis=0)[0]

        place = _places(self.max_units, best) == memory.installed
        hidden = Units(
            jnp.where(place[:, None], of_best(memory.candidates.sources), weights.hidden.sources),
            jnp.where(place, of_best(memory.candidates.recurrent), weights.hidden.recurrent),
        )
        column = _places(self._sources, best) == self._always + memory.installed
        return CascadeWeights(hidden, jnp.where(column, -of_best(covariances)[:, None], weights.output))


def _places(size: int, like: Array) -> Int[Array, "size *lanes"]:
    """0, 1, ... along a new first axis."""
    return jnp.arange(size, dtype=jnp.int32).reshape(-1, *(1,) * like.ndim)


def _one_for_all(weights, lane_axes: int):
    """Give weights an axis of sequences before the lanes."""
    return jax.tree.map(lambda w: jnp.expand_dims(w, w.ndim - lane_axes), weights)


def _pick(condition: Bool[Array, "*lanes"], new, old):
    """Choose between two trees lane by lane."""
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), new, old)


def _weighted_sum(weights: Array, seen: Array) -> Array:
    """net `[time, units, *lanes]` of units that see sources: a sum of scaled ones, which is SIMD over lanes."""
    return reduce(add, (weights[:, s] * seen[:, None, s] for s in range(weights.shape[1])))


def _summed_products(a: Array, b: Array) -> Array:
    """Sum over time and sequences of a_i b_j, `[i, j, *lanes]`."""
    return jnp.stack([jnp.sum(a * b[:, None, j], axis=(0, 2)) for j in range(b.shape[1])], axis=1)


def _sum_of_squares(errors: Array) -> Array:
    """Sum over time, outputs and sequences, `[*lanes]`: taken at once, it would depend on the number of lanes."""
    return reduce(add, (jnp.sum(jnp.square(errors[:, k]), axis=(0, 1)) for k in range(errors.shape[1])))
