package ondol.oracle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import ondol.Tensor;
import ondol.op.BagMode;
import ondol.op.EmbeddingOptions;
import ondol.op.Embeddings;
import ondol.oracle.Draw.Operand;
import ondol.oracle.Mismatch.Kind;
import ondol.oracle.Mismatch.Stage;
import org.bytedeco.pytorch.EmbeddingBagFuncOptions;
import org.bytedeco.pytorch.EmbeddingFuncOptions;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.kMax;
import org.bytedeco.pytorch.kMean;
import org.bytedeco.pytorch.kSum;
import org.jspecify.annotations.Nullable;

/** The operations of {@link Embeddings}. */
final class EmbeddingTable extends Operation.Table {
    private static final String SCALED = "scaled gradients";

    EmbeddingTable() {
        op("embedding", EmbeddingTable::rows).explain(Difference.EMBEDDING_TWICE, EmbeddingTable::isTwice);
        op("embedding(norm)", EmbeddingTable::norms);
        for (BagMode mode : BagMode.values()) {
            op("embeddingBag(" + mode + ")", d -> bags(d, mode))
                    .explain(Difference.EMBEDDING_TWICE, EmbeddingTable::isTwice)
                    .explain(Difference.SCALED_BAGS, m -> m.isValue() && isScaled(m) && m.stage() == Stage.GRADIENT);
        }
        op("embeddingBag(norm)", EmbeddingTable::bagNorms);
        op("oneHot", EmbeddingTable::oneHot);
        op("bincount", EmbeddingTable::bincount);
    }

    private static boolean isScaled(Mismatch m) {
        return m.trial().call().contains(SCALED);
    }

    /** Second gradients without the scale; none of bags, or of no rows. */
    private static boolean isTwice(Mismatch m) {
        boolean unscaled = m.stage() == Stage.SECOND && m.isValue() && isScaled(m);
        return unscaled || m.stage() != Stage.FORWARD && m.kind() == Kind.ONLY_TORCH_FAILS;
    }

    /** Settings in both engines' words. */
    private record Settings(
            @Nullable Long padding, @Nullable Double maxNorm, double p, boolean scaled) {
        static Settings of(Draw d, long rows, boolean scaled) {
            Long padding = d.chance(0.5) ? null : d.chance(0.97) ? d.below(2 * rows) - rows : (Long) rows;
            return new Settings(padding, null, 2, scaled);
        }

        Settings norm(Draw d) {
            double p = d.pick(2.0, 1.0, 3.0, Double.POSITIVE_INFINITY, 0.5);
            return new Settings(padding, d.pick(1.0, 0.5, 0.0, d.uniform(0, 4)), p, scaled);
        }

        EmbeddingOptions ondol() {
            return new EmbeddingOptions(padding, maxNorm, p, scaled);
        }

        EmbeddingFuncOptions single() {
            EmbeddingFuncOptions options = new EmbeddingFuncOptions();
            if (padding != null) {
                options.padding_idx().put(padding);
            }
            if (maxNorm != null) {
                options.max_norm().put(maxNorm);
            }
            options.norm_type().put(p);
            options.scale_grad_by_freq().put(scaled);
            return options;
        }

        EmbeddingBagFuncOptions bag(BagMode mode) {
            EmbeddingBagFuncOptions options = new EmbeddingBagFuncOptions();
            if (padding != null) {
                options.padding_idx().put(padding);
            }
            if (maxNorm != null) {
                options.max_norm().put(maxNorm);
            }
            options.norm_type().put(p);
            options.scale_grad_by_freq().put(scaled);
            switch (mode) {
                case SUM -> options.mode().put(new kSum());
                case MEAN -> options.mode().put(new kMean());
                case MAX -> options.mode().put(new kMax());
            }
            return options;
        }

        @Override
        public String toString() {
            return "padding " + padding + (maxNorm == null ? "" : ", norm " + p + " up to " + maxNorm)
                    + (scaled ? ", " + SCALED : "");
        }
    }

    /** Row numbers, once in a while wrong ones. */
    private static Operand numbers(Draw d, long rows, long... shape) {
        if (d.chance(0.02)) {
            return d.floats(shape).constant();
        }
        return d.chance(0.03) ? d.longs(-1, rows, shape) : d.longs(0, rows - 1, shape);
    }

    private static long[] weight(Draw d) {
        return new long[] {d.between(1, 8), d.between(1, 9)};
    }

    private static Trial rows(Draw d) {
        boolean scaled = d.chance(0.3);
        long[] weight = weight(scaled ? d.tame() : d.finite());
        Settings settings = Settings.of(d, weight[0], scaled);
        Trial trial = Trial.one(
                "embedding, " + settings,
                List.of(d.floats(weight), numbers(d, weight[0], d.shape(0, 3))),
                in -> Embeddings.embedding(in.get(1), in.get(0), settings.ondol()),
                in -> torch.embedding(in.get(1), in.get(0), settings.single()));
        return scaled
                ? trial.within(
                        Bound.EXACT,
                        Bound.ulps(4).plusCotangent(64),
                        Bound.ulps(16).plusCotangent(256))
                : trial.within(Bound.EXACT, Bound.EXACT, Bound.EXACT);
    }

    /** With the rows that the weight has afterwards. */
    private static Trial norms(Draw d) {
        long[] weight = weight(d.tame());
        Settings settings = Settings.of(d, weight[0], false).norm(d);
        return Trial.many(
                        "embedding, " + settings,
                        List.of(d.floats(weight).constant(), numbers(d, weight[0], d.shape(0, 3))),
                        in -> {
                            Tensor w = in.get(0).clone();
                            return List.of(Embeddings.embedding(in.get(1), w, settings.ondol()), w);
                        },
                        in -> {
                            org.bytedeco.pytorch.Tensor w = in.get(0).clone().contiguous();
                            return List.of(torch.embedding(in.get(1), w, settings.single()), w);
                        })
                .forward(Bound.ulps(16));
    }

    /** What bags are made of: row numbers, and offsets unless each row of a matrix is a bag. */
    private record Sizes(Operand input, @Nullable Operand offsets, boolean hasEnd) {
        static Sizes of(Draw d, long rows) {
            if (d.chance(0.4)) {
                return new Sizes(numbers(d, rows, d.between(1, 5), d.between(1, 6)), null, false);
            }
            int n = d.chance(0.1) ? 0 : d.between(1, 20);
            boolean hasEnd = d.flag();
            long[] offsets = new long[d.between(1, 6)];
            Arrays.setAll(offsets, i -> i == 0 ? 0 : d.between(0, n));
            Arrays.sort(offsets);
            if (d.chance(0.03)) {
                offsets[d.flag() ? 0 : offsets.length - 1] = n + 1L;
            } else if (hasEnd) {
                offsets[offsets.length - 1] = offsets.length == 1 ? 0 : n;
            }
            long[] length = {offsets.length == 1 && hasEnd ? 0 : n};
            return new Sizes(
                    numbers(d, rows, length), Operand.plain(Array.of(new long[] {offsets.length}, offsets)), hasEnd);
        }

        List<Operand> operands(Operand weight) {
            return offsets == null ? List.of(weight, input) : List.of(weight, input, offsets);
        }
    }

    private static Tensor bag(
            List<Tensor> in, Sizes sizes, @Nullable Tensor factors, BagMode mode, EmbeddingOptions options) {
        Tensor offsets = sizes.offsets == null ? null : in.get(2);
        return Embeddings.embeddingBag(in.get(1), in.get(0), offsets, factors, mode, sizes.hasEnd, options);
    }

    private static org.bytedeco.pytorch.Tensor torchBag(
            List<org.bytedeco.pytorch.Tensor> in, Sizes sizes, EmbeddingBagFuncOptions options) {
        if (sizes.offsets != null) {
            options.offsets().put(in.get(2));
        }
        options.include_last_offset().put(sizes.hasEnd);
        return torch.embedding_bag(in.get(1), in.get(0).contiguous(), options);
    }

    private static Trial bags(Draw d, BagMode mode) {
        long[] weight = weight(d.tame());
        Settings settings = Settings.of(d, weight[0], mode != BagMode.MAX && d.chance(0.2));
        Sizes sizes = Sizes.of(d, weight[0]);
        List<Operand> operands =
                new ArrayList<>(sizes.operands(mode == BagMode.MAX ? d.distinct(weight) : d.floats(weight)));
        boolean hasFactors = mode == BagMode.SUM && d.flag();
        int last = operands.size();
        if (hasFactors) {
            operands.add(d.floats(sizes.input.seen().shape()));
        }
        Bound forward = mode == BagMode.MAX ? Bound.EXACT : Bound.ulps(4).plusTerms(32);
        return Trial.one(
                        "embeddingBag(" + mode + "), " + settings + (sizes.hasEnd ? ", with an end" : ""),
                        operands,
                        in -> bag(in, sizes, hasFactors ? in.get(last) : null, mode, settings.ondol()),
                        in -> {
                            EmbeddingBagFuncOptions options = settings.bag(mode);
                            if (hasFactors) {
                                options.per_sample_weights().put(in.get(last).contiguous());
                            }
                            return torchBag(in, sizes, options);
                        })
                .within(
                        forward,
                        Bound.ulps(8).plusNorm(32).plusCotangent(256),
                        Bound.ulps(16).plusCotangent(4096));
    }

    private static Trial bagNorms(Draw d) {
        long[] weight = weight(d.tame());
        BagMode mode = d.pick(BagMode.values());
        Settings settings = Settings.of(d, weight[0], false).norm(d);
        Sizes sizes = Sizes.of(d, weight[0]);
        return Trial.many(
                        "embeddingBag(" + mode + "), " + settings,
                        sizes.operands(d.floats(weight).constant()),
                        in -> {
                            Tensor w = in.get(0).clone();
                            List<Tensor> all = new ArrayList<>(in);
                            all.set(0, w);
                            return List.of(bag(all, sizes, null, mode, settings.ondol()), w);
                        },
                        in -> {
                            org.bytedeco.pytorch.Tensor w = in.get(0).clone().contiguous();
                            List<org.bytedeco.pytorch.Tensor> all = new ArrayList<>(in);
                            all.set(0, w);
                            return List.of(torchBag(all, sizes, settings.bag(mode)), w);
                        })
                .forward(Bound.ulps(16).plusTerms(64));
    }

    private static Trial oneHot(Draw d) {
        long classes = d.chance(0.3) ? -1 : d.chance(0.03) ? 0 : d.between(1, 9);
        Operand input = d.chance(0.02)
                ? d.floats(d.shape(0, 3)).constant()
                : d.longs(d.chance(0.05) ? -1 : 0, Math.max(1, classes) - (d.chance(0.95) ? 1 : 0), d.shape(0, 3));
        return Trial.one(
                "oneHot(" + classes + ")",
                List.of(input),
                in -> Embeddings.oneHot(in.get(0), classes),
                in -> torch.one_hot(in.get(0), classes));
    }

    private static Trial bincount(Draw d) {
        d.finite();
        long n = d.size();
        long[] shape = d.chance(0.03) ? d.shape(0, 2) : new long[] {n};
        List<Operand> operands = new ArrayList<>();
        operands.add(d.longs(d.chance(0.03) ? -1 : 0, d.between(0, 9), shape));
        if (d.flag()) {
            operands.add(d.floats(d.chance(0.97) ? n : n + 1).constant());
        }
        long least = d.chance(0.5) ? 0 : d.between(-1, 15);
        return Trial.one(
                        "bincount, at least " + least,
                        operands,
                        in -> Embeddings.bincount(in.get(0), in.size() > 1 ? in.get(1) : null, least),
                        in -> torch.bincount(
                                in.get(0), in.size() > 1 ? new TensorOptional(in.get(1)) : new TensorOptional(), least))
                .forward(Bound.EXACT);
    }
}
