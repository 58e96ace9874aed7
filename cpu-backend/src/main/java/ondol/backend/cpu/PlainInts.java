package ondol.backend.cpu;

import java.util.Arrays;
import ondol.kernel.BinaryOp;
import ondol.kernel.UnaryOp;

/** I32 primitives in plain Java; C2 vectorises most by itself. */
final class PlainInts {
    private PlainInts() {}

    static PlainStep unary(UnaryOp op, int d, int a) {
        return switch (op) {
            case NEG ->
                new Unary(d, a) {
                    @Override
                    void run(int[] d, int[] a, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = -a[k];
                        }
                    }
                };
            case ABS ->
                new Unary(d, a) {
                    @Override
                    void run(int[] d, int[] a, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = Math.abs(a[k]);
                        }
                    }
                };
            case NOT ->
                new Unary(d, a) {
                    @Override
                    void run(int[] d, int[] a, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = ~a[k];
                        }
                    }
                };
            case TO_F32 ->
                new ToFloats(d, a) {
                    @Override
                    void run(float[] d, int[] a, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k];
                        }
                    }
                };
            case TO_I64 ->
                new ToLongs(d, a) {
                    @Override
                    void run(long[] d, int[] a, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k];
                        }
                    }
                };
            case TO_BOOL ->
                new ToBooleans(d, a) {
                    @Override
                    void run(boolean[] d, int[] a, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] != 0;
                        }
                    }
                };
            case FROM_BITS ->
                new ToFloats(d, a) {
                    @Override
                    void run(float[] d, int[] a, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = Float.intBitsToFloat(a[k]);
                        }
                    }
                };
            case TO_I32 -> copy(d, a);
            case FLOOR, SQRT, BITS -> throw new IllegalArgumentException(op + " takes no I32");
        };
    }

    static PlainStep binary(BinaryOp op, int d, int a, int b) {
        return switch (op) {
            case ADD ->
                new Binary(d, a, b) {
                    @Override
                    void run(int[] d, int[] a, int[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] + b[k];
                        }
                    }
                };
            case SUB ->
                new Binary(d, a, b) {
                    @Override
                    void run(int[] d, int[] a, int[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] - b[k];
                        }
                    }
                };
            case MUL ->
                new Binary(d, a, b) {
                    @Override
                    void run(int[] d, int[] a, int[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] * b[k];
                        }
                    }
                };
            case MIN ->
                new Binary(d, a, b) {
                    @Override
                    void run(int[] d, int[] a, int[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = Math.min(a[k], b[k]);
                        }
                    }
                };
            case MAX ->
                new Binary(d, a, b) {
                    @Override
                    void run(int[] d, int[] a, int[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = Math.max(a[k], b[k]);
                        }
                    }
                };
            case AND ->
                new Binary(d, a, b) {
                    @Override
                    void run(int[] d, int[] a, int[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] & b[k];
                        }
                    }
                };
            case OR ->
                new Binary(d, a, b) {
                    @Override
                    void run(int[] d, int[] a, int[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] | b[k];
                        }
                    }
                };
            case XOR ->
                new Binary(d, a, b) {
                    @Override
                    void run(int[] d, int[] a, int[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] ^ b[k];
                        }
                    }
                };
            case SHL ->
                new Binary(d, a, b) {
                    @Override
                    void run(int[] d, int[] a, int[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] << b[k];
                        }
                    }
                };
            case SHR ->
                new Binary(d, a, b) {
                    @Override
                    void run(int[] d, int[] a, int[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] >> b[k];
                        }
                    }
                };
            case USHR ->
                new Binary(d, a, b) {
                    @Override
                    void run(int[] d, int[] a, int[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] >>> b[k];
                        }
                    }
                };
            case LT ->
                new Comparison(d, a, b) {
                    @Override
                    void run(boolean[] d, int[] a, int[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] < b[k];
                        }
                    }
                };
            case LE ->
                new Comparison(d, a, b) {
                    @Override
                    void run(boolean[] d, int[] a, int[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] <= b[k];
                        }
                    }
                };
            case EQ ->
                new Comparison(d, a, b) {
                    @Override
                    void run(boolean[] d, int[] a, int[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] == b[k];
                        }
                    }
                };
            case DIV -> throw new IllegalArgumentException(op + " takes no I32");
        };
    }

    static PlainStep select(int d, int a, int b, int c) {
        return new PlainStep(d, a, b, c) {
            @Override
            public void run(Frame r, int n) {
                int[] d = r.i[this.d];
                boolean[] a = r.b[this.a];
                int[] b = r.i[this.b];
                int[] c = r.i[this.c];
                for (int k = 0; k < n; k++) {
                    d[k] = a[k] ? b[k] : c[k];
                }
            }
        };
    }

    static PlainStep copy(int d, int a) {
        return new PlainStep(d, a, 0, 0) {
            @Override
            public void run(Frame r, int n) {
                System.arraycopy(r.i[a], 0, r.i[d], 0, n);
            }
        };
    }

    /** {@code d[k] = a[0]}. */
    static PlainStep fill(int d, int a) {
        return new PlainStep(d, a, 0, 0) {
            @Override
            public void run(Frame r, int n) {
                Arrays.fill(r.i[d], 0, n, r.i[a][0]);
            }
        };
    }

    /** I32 to I32. */
    private abstract static class Unary extends PlainStep {
        Unary(int d, int a) {
            super(d, a, 0, 0);
        }

        abstract void run(int[] d, int[] a, int n);

        @Override
        public void run(Frame r, int n) {
            run(r.i[d], r.i[a], n);
        }
    }

    /** I32 to F32. */
    private abstract static class ToFloats extends PlainStep {
        ToFloats(int d, int a) {
            super(d, a, 0, 0);
        }

        abstract void run(float[] d, int[] a, int n);

        @Override
        public void run(Frame r, int n) {
            run(r.f[d], r.i[a], n);
        }
    }

    /** I32 to I64. */
    private abstract static class ToLongs extends PlainStep {
        ToLongs(int d, int a) {
            super(d, a, 0, 0);
        }

        abstract void run(long[] d, int[] a, int n);

        @Override
        public void run(Frame r, int n) {
            run(r.l[d], r.i[a], n);
        }
    }

    /** I32 to BOOL. */
    private abstract static class ToBooleans extends PlainStep {
        ToBooleans(int d, int a) {
            super(d, a, 0, 0);
        }

        abstract void run(boolean[] d, int[] a, int n);

        @Override
        public void run(Frame r, int n) {
            run(r.b[d], r.i[a], n);
        }
    }

    /** Two I32 to one. */
    private abstract static class Binary extends PlainStep {
        Binary(int d, int a, int b) {
            super(d, a, b, 0);
        }

        abstract void run(int[] d, int[] a, int[] b, int n);

        @Override
        public void run(Frame r, int n) {
            run(r.i[d], r.i[a], r.i[b], n);
        }
    }

    /** Two I32 to BOOL. */
    private abstract static class Comparison extends PlainStep {
        Comparison(int d, int a, int b) {
            super(d, a, b, 0);
        }

        abstract void run(boolean[] d, int[] a, int[] b, int n);

        @Override
        public void run(Frame r, int n) {
            run(r.b[d], r.i[a], r.i[b], n);
        }
    }
}
