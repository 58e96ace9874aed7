package ondol.oracle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import ondol.Tensor;

/** How an operand lies in memory: the views that lead from a contiguous base to it, the same in both engines. */
record Layout(long[] base, List<Step> steps) {
    /** One view. */
    interface Step {
        Tensor apply(Tensor t);

        org.bytedeco.pytorch.Tensor apply(org.bytedeco.pytorch.Tensor t);

        /** Whether it is a copy in PyTorch. */
        default boolean copies() {
            return false;
        }
    }

    static Layout contiguous(long[] shape) {
        return new Layout(shape, List.of());
    }

    /** Up to three views whose result has this shape; they are drawn from the last to the first. */
    static Layout draw(Draw d, long[] shape) {
        List<Step> steps = new ArrayList<>();
        long[] base = shape.clone();
        int n = d.chance(0.45) ? 0 : 1 + d.below(3);
        for (int i = 0; i < n; i++) {
            base = switch (d.below(6)) {
                case 0 -> permuted(d, base, steps);
                case 1 -> flipped(d, base, steps);
                case 2, 3 -> sliced(d, base, steps);
                case 4 -> expanded(d, base, steps);
                default -> selected(d, base, steps);
            };
        }
        Collections.reverse(steps);
        return new Layout(base, steps);
    }

    Tensor apply(Tensor t) {
        for (Step step : steps) {
            t = step.apply(t);
        }
        return t;
    }

    org.bytedeco.pytorch.Tensor apply(org.bytedeco.pytorch.Tensor t) {
        for (Step step : steps) {
            t = step.apply(t);
        }
        return t;
    }

    /** Whether the operand lies in PyTorch's memory as it does in Ondol's. */
    boolean same() {
        return steps.stream().noneMatch(Step::copies);
    }

    @Override
    public String toString() {
        return Arrays.toString(base) + steps;
    }

    private static long[] permuted(Draw d, long[] shape, List<Step> steps) {
        int[] order = d.permutation(shape.length);
        long[] before = new long[shape.length];
        for (int i = 0; i < order.length; i++) {
            before[order[i]] = shape[i];
        }
        steps.add(new Step() {
            @Override
            public Tensor apply(Tensor t) {
                return t.permute(order);
            }

            @Override
            public org.bytedeco.pytorch.Tensor apply(org.bytedeco.pytorch.Tensor t) {
                return t.permute(Torch.longs(order));
            }

            @Override
            public String toString() {
                return "permute" + Arrays.toString(order);
            }
        });
        return before;
    }

    private static long[] flipped(Draw d, long[] shape, List<Step> steps) {
        if (shape.length == 0) {
            return shape;
        }
        int axis = d.below(shape.length);
        steps.add(new Step() {
            @Override
            public Tensor apply(Tensor t) {
                return t.flip(axis);
            }

            @Override
            public org.bytedeco.pytorch.Tensor apply(org.bytedeco.pytorch.Tensor t) {
                return t.flip(axis);
            }

            @Override
            public boolean copies() {
                return true;
            }

            @Override
            public String toString() {
                return "flip(" + axis + ")";
            }
        });
        return shape;
    }

    private static long[] sliced(Draw d, long[] shape, List<Step> steps) {
        if (shape.length == 0) {
            return shape;
        }
        int axis = d.below(shape.length);
        long step = 1 + d.below(3);
        long start = d.below(3);
        long size = shape[axis];
        long end = size == 0 ? start : start + (size - 1) * step + 1;
        long[] before = shape.clone();
        before[axis] = end + d.below(2);
        steps.add(new Step() {
            @Override
            public Tensor apply(Tensor t) {
                return t.slice(axis, start, end, step);
            }

            @Override
            public org.bytedeco.pytorch.Tensor apply(org.bytedeco.pytorch.Tensor t) {
                return Torch.slice(t, axis, start, end, step);
            }

            @Override
            public String toString() {
                return "[" + start + ":" + end + ":" + step + " along " + axis + "]";
            }
        });
        return before;
    }

    private static long[] expanded(Draw d, long[] shape, List<Step> steps) {
        if (shape.length == 0) {
            return shape;
        }
        long[] before = shape.clone();
        before[d.below(shape.length)] = 1;
        steps.add(new Step() {
            @Override
            public Tensor apply(Tensor t) {
                return t.expand(shape);
            }

            @Override
            public org.bytedeco.pytorch.Tensor apply(org.bytedeco.pytorch.Tensor t) {
                return t.expand(shape);
            }

            @Override
            public String toString() {
                return "expand" + Arrays.toString(shape);
            }
        });
        return before;
    }

    private static long[] selected(Draw d, long[] shape, List<Step> steps) {
        int axis = d.below(shape.length + 1);
        int size = 1 + d.below(3);
        int index = d.below(size);
        long[] before = new long[shape.length + 1];
        for (int i = 0; i < before.length; i++) {
            before[i] = i < axis ? shape[i] : i == axis ? size : shape[i - 1];
        }
        steps.add(new Step() {
            @Override
            public Tensor apply(Tensor t) {
                return t.select(axis, index);
            }

            @Override
            public org.bytedeco.pytorch.Tensor apply(org.bytedeco.pytorch.Tensor t) {
                return t.select(axis, index);
            }

            @Override
            public String toString() {
                return "select(" + axis + ", " + index + ")";
            }
        });
        return before;
    }
}
