package ondol.nn;

import java.util.List;
import ondol.Fused;
import ondol.Scope;
import ondol.Tensor;
import ondol.kernel.Expr;
import ondol.kernel.Kernel;
import ondol.kernel.Type;
import ondol.op.Arguments;
import ondol.op.Normalization;
import org.jspecify.annotations.Nullable;

/** The common parts of batch and instance normalisation: settings, parameters, running numbers, checks and printing. */
abstract sealed class ChannelNorm extends BuiltInLayer
        permits BatchNorm1d, BatchNorm2d, BatchNorm3d, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d {
    private static final Kernel.Map NEXT =
            new Kernel.Map(Expr.input(0, Type.I64).add(Expr.constantI64(1)));
    private static final String[] PLACES = {"L", "H, W", "D, H, W"};

    private final long numFeatures;
    private final double eps;
    private @Nullable Double momentum;
    private final boolean affine;
    private final boolean trackRunningStats;

    ChannelNorm(long numFeatures, double eps, @Nullable Double momentum, boolean affine, boolean trackRunningStats) {
        String name = getClass().getSimpleName();
        this.numFeatures = Arguments.positive(name, "number of features", numFeatures);
        this.eps = checkedEps(name, eps);
        this.momentum = checkedMomentum(name, momentum);
        this.affine = affine;
        this.trackRunningStats = trackRunningStats;
        Drawn.orNothing(this, () -> register(numFeatures));
    }

    private void register(long numFeatures) {
        if (affine) {
            register("weight", Tensor.ones(numFeatures));
            register("bias", Tensor.zeros(numFeatures));
        }
        if (trackRunningStats) {
            registerBuffer("running_mean", Tensor.zeros(numFeatures));
            registerBuffer("running_var", Tensor.ones(numFeatures));
            registerBuffer("num_batches_tracked", Tensor.tensor(0L));
        }
    }

    /** Checks the number that is added to a variance, which must be 0 or more. */
    static double checkedEps(String name, double eps) {
        if (!(eps >= 0)) {
            throw new IllegalArgumentException(name + ": eps is " + eps + "; it must be 0 or more");
        }
        return eps;
    }

    private static @Nullable Double checkedMomentum(String name, @Nullable Double momentum) {
        if (momentum != null && !(momentum >= 0 && momentum <= 1)) {
            throw new IllegalArgumentException(name + ": the momentum is " + momentum
                    + "; it must be from 0 to 1, or null for the average over all calls");
        }
        return momentum;
    }

    /** {@return the weight [C], at first 1; null if the layer has none} */
    public final @Nullable Tensor weight() {
        return affine ? parameter("weight") : null;
    }

    /** {@return the bias [C], at first 0; null if the layer has none} */
    public final @Nullable Tensor bias() {
        return affine ? parameter("bias") : null;
    }

    /** {@return the running mean [C], at first 0; null if the layer keeps none} */
    public final @Nullable Tensor runningMean() {
        return trackRunningStats ? buffer("running_mean") : null;
    }

    /** {@return the running variance [C], at first 1; null if the layer keeps none} */
    public final @Nullable Tensor runningVar() {
        return trackRunningStats ? buffer("running_var") : null;
    }

    /**
     * {@return how many batches the running numbers of batch normalisation have seen, an INT64; null if the layer keeps none}
     * Instance normalisation does not count, as in PyTorch: there it stays 0.
     */
    public final @Nullable Tensor numBatchesTracked() {
        return trackRunningStats ? buffer("num_batches_tracked") : null;
    }

    /** {@return the number of channels} */
    public final long numFeatures() {
        return numFeatures;
    }

    /** {@return how far running numbers move in a call; null for the average over all calls} */
    public final @Nullable Double momentum() {
        return momentum;
    }

    /**
     * Sets how far running numbers move in a call, as PyTorch's attribute {@code momentum}.
     *
     * @param value from 0 to 1; null for the average over all calls
     * @throws IllegalArgumentException if it is not
     */
    public final void setMomentum(@Nullable Double value) {
        momentum = checkedMomentum(name(), value);
    }

    /**
     * Sets the running numbers to what they were at first.
     *
     * @throws IllegalStateException if the layer keeps none
     */
    public final void resetRunningStats() {
        if (!trackRunningStats) {
            throw new IllegalStateException(
                    name() + ".resetRunningStats: the layer keeps no running numbers; make it with trackRunningStats");
        }
        buffer("running_mean").zero();
        buffer("running_var").fill(1);
        buffer("num_batches_tracked").zero();
    }

    /** Batch normalisation of an input with {@code least} to {@code most} axes of places. */
    final Tensor batchNorm(Tensor x, int least, int most) {
        given(x);
        int places = x.dim() - 2;
        if (places < least || places > most || x.size(1) != numFeatures) {
            throw refusal(x, "", least == 0 ? "[N, " + numFeatures + "] or " : "", most);
        }
        boolean training = training() || !trackRunningStats;
        if (training && x.numel() == numFeatures) {
            throw new IllegalArgumentException(name() + ".forward: the input has shape " + x.shape()
                    + ", one element for each channel; in training there must be more, since one has no variance");
        }
        Tensor y = Normalization.batchNorm(
                x, runningMean(), runningVar(), weight(), bias(), training, factor(training), eps);
        count(training);
        return y;
    }

    /** Instance normalisation of an input with so many axes of places, with or without an axis of examples. */
    final Tensor instanceNorm(Tensor x, int places) {
        given(x);
        boolean single = x.dim() == places + 1;
        boolean fixed = affine || trackRunningStats;
        if (x.dim() != places + 1 && x.dim() != places + 2 || fixed && x.size(single ? 0 : 1) != numFeatures) {
            throw refusal(x, "[" + (fixed ? numFeatures : "C") + ", " + PLACES[places - 1] + "] or ", "", places);
        }
        return single ? Scope.result(() -> normalized(x.unsqueeze(0)).squeeze(0)) : normalized(x);
    }

    private Tensor normalized(Tensor x) {
        boolean training = training() || !trackRunningStats;
        double factor = momentum == null ? 0 : momentum; // PyTorch's counts no calls, and has no average over them
        return Normalization.instanceNorm(x, runningMean(), runningVar(), weight(), bias(), training, factor, eps);
    }

    private IllegalArgumentException refusal(Tensor x, String first, String second, int places) {
        String all = "[N, " + numFeatures + ", " + PLACES[places - 1] + "]";
        return new IllegalArgumentException(
                name() + ".forward: the input has shape " + x.shape() + "; it must be " + first + second + all);
    }

    /** How far running numbers move in this call of batch normalisation. */
    private double factor(boolean training) {
        if (momentum != null || !training || !trackRunningStats) {
            return momentum == null ? 0 : momentum;
        }
        return 1.0 / (buffer("num_batches_tracked").itemLong() + 1);
    }

    private void count(boolean training) {
        if (training && trackRunningStats) {
            List<Tensor> number = List.of(buffer("num_batches_tracked"));
            Fused.update(NEXT, number, number);
        }
    }

    @Override
    protected final String extraRepr() {
        return numFeatures + ", eps=" + Repr.of(eps) + ", momentum=" + (momentum == null ? "None" : Repr.of(momentum))
                + ", affine=" + Repr.of(affine) + ", track_running_stats=" + Repr.of(trackRunningStats);
    }
}
