package ondol.op;

import ondol.Tensor;

/** Channels to places, {@code [..., c r r, h, w]} to {@code [..., c, h r, w r]}, or back. */
record PixelShuffling(long factor, boolean isAdjoint) implements LinearMap {
    @Override
    public Tensor of(Tensor x) {
        long samples = 1;
        int n = x.dim() - 3;
        for (int i = 0; i < n; i++) {
            samples *= x.size(i);
        }
        long[] sizes = x.shape().toArray();
        long h = sizes[n + 1];
        long w = sizes[n + 2];
        if (isAdjoint) {
            sizes[n] *= factor * factor;
            sizes[n + 1] = h / factor;
            sizes[n + 2] = w / factor;
            return x.reshape(samples, x.size(n), h / factor, factor, w / factor, factor)
                    .permute(0, 1, 3, 5, 2, 4)
                    .clone()
                    .view(sizes);
        }
        sizes[n] /= factor * factor;
        sizes[n + 1] = h * factor;
        sizes[n + 2] = w * factor;
        return x.reshape(samples, sizes[n], factor, factor, h, w)
                .permute(0, 1, 4, 2, 5, 3)
                .clone()
                .view(sizes);
    }

    @Override
    public LinearMap adjoint() {
        return new PixelShuffling(factor, !isAdjoint);
    }
}
