"""The stages of a trace: what a network holds at each as maps, with its caption."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod

import torch
from torch import Tensor

from app.analyses import trace_captions as captions
from app.analyses.trace_maps import maps_of, most_active, norm_of, share_of
from app.analyses.trace_networks import Probe
from app.analyses.trace_pass import Halves, Way
from app.analyses.words import share
from app.contract.arms import Arm, record_of
from app.contract.trace import Join, TraceStage
from app.nets.block import Block
from app.nets.stack import Stack


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk along one network's stages needs.

    Attributes:
        arm: of the network; ``stack`` holds it alone.
        most: channels of a stage that are shown.
    """

    stack: Stack
    arm: Arm
    way: Way
    most: int
    classes: Sequence[str]

    def stages(self, probes: Sequence[Probe] | None = None) -> list[TraceStage]:
        """All of them, the image first, the classifier last."""
        steps = [self._input(), self._stem(), *self._steps()]
        if probes is not None:
            states = self.way.states[1:-1]
            steps[1:] = [
                replace(stage, probe=probe.probabilities(h.mean((1, 2))), probe_accuracy=probe.accuracy)
                for stage, probe, h in zip(steps[1:], probes, states, strict=True)
            ]
        return [*steps, *self._end()]

    def back(self) -> list[float]:
        """Norms of the loss's gradient at the output of the first layer and of every step."""
        return [norm_of(g) for g in self.way.gradients[1:-1]]

    def shares_by_skip(self) -> list[float]:
        """Of the gradient at the input of every block, the share that comes by the skip; none where nothing does."""
        if not record_of(self.arm).skips(self.arm):
            return []
        inputs = zip(self.way.halves, self.way.gradients[1:], strict=False)
        return [share_of(halves.gradient_past, g) for halves, g in inputs if halves is not None]

    def size(self) -> int:
        """Bytes of all maps."""
        tensors = [*self.way.states, *self.way.gradients]
        for halves in self.way.halves:
            if halves is not None:
                tensors += [halves.through, halves.gradient_through]
                tensors += [halves.past, halves.gradient_past] if record_of(self.arm).skips(self.arm) else []
        return sum(min(self.most, len(values)) * prod(values.shape[1:]) for values in tensors)

    def _input(self) -> TraceStage:
        image = self.way.states[0]
        of = _shape(image)
        pixels = f"{of[1]}×{of[2]} pixels" + (f" in {of[0]} colours" if of[0] > 1 else "")
        words = f"{pixels}, standardised as the training images were"
        stage = TraceStage("input", "image", "what the network reads", words, "", (), of, of)
        return self._filled(stage, image, self.way.gradients[0])

    def _stem(self) -> TraceStage:
        reads, gives = self.way.states[:2]
        of = _shape(reads) if self.stack.backend.convolutional else (reads.numel(),)
        stage = TraceStage(
            "stem", "first layer", captions.first_layer(self.stack), "", "", (1, 1), of, self._shape(gives)
        )
        return self._about_output(self._filled(stage, gives, self.way.gradients[1]), gives)

    def _steps(self) -> Iterator[TraceStage]:
        way, counts = self.way, {"block": 0, "transition": 0}
        steps = zip(self.stack.steps(), way.halves, way.states[1:], way.states[2:], way.gradients[2:], strict=False)
        for step, halves, reads, gives, gradient in steps:
            kind = "transition" if halves is None else "block"
            counts[kind] += 1
            name, first = f"{kind} {counts[kind]}", step.numbers[0]
            shapes = self._shape(reads), self._shape(gives)
            if isinstance(step, Block) and halves is not None:
                skips = record_of(self.arm).skips(self.arm)
                operation, equation = captions.block_operation(step, skips), captions.equation_of(self.arm)
                layers = (first, first + step.connection.layers - 1)
                stage = TraceStage("block", name, operation, "", equation, layers, *shapes)
                yield self._joined(self._filled(stage, gives, gradient), halves, reads, skips)
            else:
                operation = captions.transition_operation(self.stack)
                stage = TraceStage("transition", name, operation, "", "", (first, first), *shapes)
                yield self._about_output(self._filled(stage, gives, gradient), gives)

    def _end(self) -> Iterator[TraceStage]:
        way, stack = self.way, self.stack
        last, read = way.states[-2:]
        if stack.backend.convolutional:
            _, height, width = last.shape
            operation = captions.reading_operation(stack, "global average pooling")
            words = f"Each of {len(read)} channels becomes one number, its mean over {height}×{width} pixels"
            stage = TraceStage("average", "average", operation, words, "", (), _shape(last), (len(read),))
            yield self._filled(stage, read, way.gradients[-1])
        in_front = "fully connected layer"
        operation = in_front if stack.backend.convolutional else captions.reading_operation(stack, in_front)
        depth = stack.specs[0].depth
        logits, gradient = (v.view(-1, 1, 1) for v in (way.logits, way.gradient))
        stage = TraceStage(
            "classifier", "classifier", operation, self._answers(), "", (depth, depth), (len(read),), (len(logits),)
        )
        yield self._filled(stage, logits, gradient)

    def _answers(self) -> str:
        ranked = self.way.logits.double().softmax(0).sort(descending=True, stable=True)
        parts = [
            f"{self.classes[int(index)]} with {share(float(p))}"
            for p, index in zip(ranked.values[:3], ranked.indices[:3], strict=True)
        ]
        return f"Most probable: {', '.join(parts)}" if bool(torch.isfinite(ranked.values).all()) else (
            "Its logits are no longer finite"
        )  # fmt: skip

    def _filled(self, stage: TraceStage, output: Tensor, gradient: Tensor) -> TraceStage:
        channels = most_active(output, self.most)
        return replace(stage, output=maps_of(output, channels), gradient=maps_of(gradient, channels))

    def _about_output(self, stage: TraceStage, output: Tensor) -> TraceStage:
        assert stage.output is not None
        zeros = float((output == 0).float().mean())
        return replace(stage, words=captions.about_output(stage.output, stage.gives, zeros))

    def _joined(self, stage: TraceStage, halves: Halves, reads: Tensor, skips: bool) -> TraceStage:
        assert stage.output is not None
        shown, width = stage.output.channels, stage.gives[0]
        by_input = shown if len(reads) == width else most_active(reads, self.most)
        through, past = halves.through, halves.past
        join = record_of(self.arm).join
        back = share_of(halves.gradient_past, halves.gradient_past + halves.gradient_through)
        gives = norm_of(past) if join == "concatenate" else norm_of(through + past)
        norms = norm_of(through), norm_of(past) if skips else None, gives
        return replace(
            stage,
            words=captions.about_join(join, *norms, (len(through), len(past)), back),
            join=Join(
                maps_of(through, shown if len(through) == width else most_active(through, self.most)),
                maps_of(past, shown if len(past) == width else by_input) if skips else None,
                maps_of(halves.gradient_through, by_input),
                maps_of(halves.gradient_past, by_input) if skips else None,
            ),
        )

    def _shape(self, state: Tensor) -> tuple[int, ...]:
        return _shape(state) if self.stack.backend.convolutional else (len(state),)


def _shape(state: Tensor) -> tuple[int, ...]:
    return tuple(state.shape)
