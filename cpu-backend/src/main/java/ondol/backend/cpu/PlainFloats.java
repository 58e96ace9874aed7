package ondol.backend.cpu;

import java.util.Arrays;
import ondol.kernel.BinaryOp;
import ondol.kernel.UnaryOp;

/** F32 primitives in plain Java, written so that C2 turns most into vector code. */
final class PlainFloats {
    private PlainFloats() {}

    static PlainStep unary(UnaryOp op, int d, int a) {
        return switch (op) {
            case NEG ->
                new Unary(d, a) {
                    @Override
                    void run(float[] d, float[] a, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = -a[k];
                        }
                    }
                };
            case ABS ->
                new Unary(d, a) {
                    @Override
                    void run(float[] d, float[] a, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = Math.abs(a[k]);
                        }
                    }
                };
            case FLOOR ->
                new Unary(d, a) {
                    @Override
                    void run(float[] d, float[] a, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = (float) Math.floor(a[k]);
                        }
                    }
                };
            case SQRT ->
                new Unary(d, a) {
                    @Override
                    void run(float[] d, float[] a, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = (float) Math.sqrt(a[k]);
                        }
                    }
                };
            case TO_I32 ->
                new ToInts(d, a) {
                    @Override
                    void run(int[] d, float[] a, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = (int) a[k];
                        }
                    }
                };
            case TO_I64 ->
                new ToLongs(d, a) {
                    @Override
                    void run(long[] d, float[] a, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = (long) a[k];
                        }
                    }
                };
            case TO_BOOL ->
                new ToBooleans(d, a) {
                    @Override
                    void run(boolean[] d, float[] a, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] != 0;
                        }
                    }
                };
            case BITS ->
                new ToInts(d, a) {
                    @Override
                    void run(int[] d, float[] a, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = Float.floatToRawIntBits(a[k]);
                        }
                    }
                };
            case TO_F32 -> copy(d, a);
            case NOT, FROM_BITS -> throw new IllegalArgumentException(op + " takes no F32");
        };
    }

    static PlainStep binary(BinaryOp op, int d, int a, int b) {
        return switch (op) {
            case ADD ->
                new Binary(d, a, b) {
                    @Override
                    void run(float[] d, float[] a, float[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] + b[k];
                        }
                    }
                };
            case SUB ->
                new Binary(d, a, b) {
                    @Override
                    void run(float[] d, float[] a, float[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] - b[k];
                        }
                    }
                };
            case MUL ->
                new Binary(d, a, b) {
                    @Override
                    void run(float[] d, float[] a, float[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] * b[k];
                        }
                    }
                };
            case DIV ->
                new Binary(d, a, b) {
                    @Override
                    void run(float[] d, float[] a, float[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] / b[k];
                        }
                    }
                };
            case MIN ->
                new Binary(d, a, b) {
                    @Override
                    void run(float[] d, float[] a, float[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = Math.min(a[k], b[k]);
                        }
                    }
                };
            case MAX ->
                new Binary(d, a, b) {
                    @Override
                    void run(float[] d, float[] a, float[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = Math.max(a[k], b[k]);
                        }
                    }
                };
            case LT ->
                new Comparison(d, a, b) {
                    @Override
                    void run(boolean[] d, float[] a, float[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] < b[k];
                        }
                    }
                };
            case LE ->
                new Comparison(d, a, b) {
                    @Override
                    void run(boolean[] d, float[] a, float[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] <= b[k];
                        }
                    }
                };
            case EQ ->
                new Comparison(d, a, b) {
                    @Override
                    void run(boolean[] d, float[] a, float[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] == b[k];
                        }
                    }
                };
            case AND, OR, XOR, SHL, SHR, USHR -> throw new IllegalArgumentException(op + " takes no F32");
        };
    }

    static PlainStep fma(int d, int a, int b, int c) {
        return new PlainStep(d, a, b, c) {
            @Override
            public void run(Frame r, int n) {
                float[] d = r.f[this.d];
                float[] a = r.f[this.a];
                float[] b = r.f[this.b];
                float[] c = r.f[this.c];
                for (int k = 0; k < n; k++) {
                    d[k] = Math.fma(a[k], b[k], c[k]);
                }
            }
        };
    }

    static PlainStep select(int d, int a, int b, int c) {
        return new PlainStep(d, a, b, c) {
            @Override
            public void run(Frame r, int n) {
                float[] d = r.f[this.d];
                boolean[] a = r.b[this.a];
                float[] b = r.f[this.b];
                float[] c = r.f[this.c];
                for (int k = 0; k < n; k++) {
                    float[] chosen = a[k] ? b : c; // C2 chooses between arrays without a branch
                    d[k] = chosen[k];
                }
            }
        };
    }

    static PlainStep copy(int d, int a) {
        return new PlainStep(d, a, 0, 0) {
            @Override
            public void run(Frame r, int n) {
                System.arraycopy(r.f[a], r.at[a], r.f[d], r.at[d], n);
            }
        };
    }

    /** {@code d[k] = a[0]}. */
    static PlainStep fill(int d, int a) {
        return new PlainStep(d, a, 0, 0) {
            @Override
            public void run(Frame r, int n) {
                Arrays.fill(r.f[d], r.at[d], r.at[d] + n, r.f[a][r.at[a]]);
            }
        };
    }

    /** F32 to F32. */
    private abstract static class Unary extends PlainStep {
        Unary(int d, int a) {
            super(d, a, 0, 0);
        }

        abstract void run(float[] d, float[] a, int n);

        @Override
        public void run(Frame r, int n) {
            run(r.f[d], r.f[a], n);
        }
    }

    /** F32 to I32. */
    private abstract static class ToInts extends PlainStep {
        ToInts(int d, int a) {
            super(d, a, 0, 0);
        }

        abstract void run(int[] d, float[] a, int n);

        @Override
        public void run(Frame r, int n) {
            run(r.i[d], r.f[a], n);
        }
    }

    /** F32 to I64. */
    private abstract static class ToLongs extends PlainStep {
        ToLongs(int d, int a) {
            super(d, a, 0, 0);
        }

        abstract void run(long[] d, float[] a, int n);

        @Override
        public void run(Frame r, int n) {
            run(r.l[d], r.f[a], n);
        }
    }

    /** F32 to BOOL. */
    private abstract static class ToBooleans extends PlainStep {
        ToBooleans(int d, int a) {
            super(d, a, 0, 0);
        }

        abstract void run(boolean[] d, float[] a, int n);

        @Override
        public void run(Frame r, int n) {
            run(r.b[d], r.f[a], n);
        }
    }

    /** Two F32 to one. */
    private abstract static class Binary extends PlainStep {
        Binary(int d, int a, int b) {
            super(d, a, b, 0);
        }

        abstract void run(float[] d, float[] a, float[] b, int n);

        @Override
        public void run(Frame r, int n) {
            run(r.f[d], r.f[a], r.f[b], n);
        }
    }

    /** Two F32 to BOOL. */
    private abstract static class Comparison extends PlainStep {
        Comparison(int d, int a, int b) {
            super(d, a, b, 0);
        }

        abstract void run(boolean[] d, float[] a, float[] b, int n);

        @Override
        public void run(Frame r, int n) {
            run(r.b[d], r.f[a], r.f[b], n);
        }
    }
}
