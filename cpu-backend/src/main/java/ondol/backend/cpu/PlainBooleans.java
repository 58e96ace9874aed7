package ondol.backend.cpu;

import java.util.Arrays;
import ondol.kernel.BinaryOp;
import ondol.kernel.UnaryOp;

/** BOOL primitives in plain Java. */
final class PlainBooleans {
    private PlainBooleans() {}

    static PlainStep unary(UnaryOp op, int d, int a) {
        return switch (op) {
            case NOT ->
                new Unary(d, a) {
                    @Override
                    void run(boolean[] d, boolean[] a, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = !a[k];
                        }
                    }
                };
            case TO_F32 ->
                new ToFloats(d, a) {
                    @Override
                    void run(float[] d, boolean[] a, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] ? 1 : 0;
                        }
                    }
                };
            case TO_I32 ->
                new ToInts(d, a) {
                    @Override
                    void run(int[] d, boolean[] a, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] ? 1 : 0;
                        }
                    }
                };
            case TO_I64 ->
                new ToLongs(d, a) {
                    @Override
                    void run(long[] d, boolean[] a, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] ? 1 : 0;
                        }
                    }
                };
            case TO_BOOL -> copy(d, a);
            case NEG, ABS, FLOOR, SQRT, BITS, FROM_BITS -> throw new IllegalArgumentException(op + " takes no BOOL");
        };
    }

    static PlainStep binary(BinaryOp op, int d, int a, int b) {
        return switch (op) {
            case AND ->
                new Binary(d, a, b) {
                    @Override
                    void run(boolean[] d, boolean[] a, boolean[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] & b[k];
                        }
                    }
                };
            case OR ->
                new Binary(d, a, b) {
                    @Override
                    void run(boolean[] d, boolean[] a, boolean[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] | b[k];
                        }
                    }
                };
            case XOR ->
                new Binary(d, a, b) {
                    @Override
                    void run(boolean[] d, boolean[] a, boolean[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] ^ b[k];
                        }
                    }
                };
            case EQ ->
                new Binary(d, a, b) {
                    @Override
                    void run(boolean[] d, boolean[] a, boolean[] b, int n) {
                        for (int k = 0; k < n; k++) {
                            d[k] = a[k] == b[k];
                        }
                    }
                };
            case ADD, SUB, MUL, DIV, MIN, MAX, LT, LE, SHL, SHR, USHR ->
                throw new IllegalArgumentException(op + " takes no BOOL");
        };
    }

    static PlainStep select(int d, int a, int b, int c) {
        return new PlainStep(d, a, b, c) {
            @Override
            public void run(Frame r, int n) {
                boolean[] d = r.b[this.d];
                boolean[] a = r.b[this.a];
                boolean[] b = r.b[this.b];
                boolean[] c = r.b[this.c];
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
                System.arraycopy(r.b[a], 0, r.b[d], 0, n);
            }
        };
    }

    /** {@code d[k] = a[0]}. */
    static PlainStep fill(int d, int a) {
        return new PlainStep(d, a, 0, 0) {
            @Override
            public void run(Frame r, int n) {
                Arrays.fill(r.b[d], 0, n, r.b[a][0]);
            }
        };
    }

    /** BOOL to BOOL. */
    private abstract static class Unary extends PlainStep {
        Unary(int d, int a) {
            super(d, a, 0, 0);
        }

        abstract void run(boolean[] d, boolean[] a, int n);

        @Override
        public void run(Frame r, int n) {
            run(r.b[d], r.b[a], n);
        }
    }

    /** BOOL to F32. */
    private abstract static class ToFloats extends PlainStep {
        ToFloats(int d, int a) {
            super(d, a, 0, 0);
        }

        abstract void run(float[] d, boolean[] a, int n);

        @Override
        public void run(Frame r, int n) {
            run(r.f[d], r.b[a], n);
        }
    }

    /** BOOL to I32. */
    private abstract static class ToInts extends PlainStep {
        ToInts(int d, int a) {
            super(d, a, 0, 0);
        }

        abstract void run(int[] d, boolean[] a, int n);

        @Override
        public void run(Frame r, int n) {
            run(r.i[d], r.b[a], n);
        }
    }

    /** BOOL to I64. */
    private abstract static class ToLongs extends PlainStep {
        ToLongs(int d, int a) {
            super(d, a, 0, 0);
        }

        abstract void run(long[] d, boolean[] a, int n);

        @Override
        public void run(Frame r, int n) {
            run(r.l[d], r.b[a], n);
        }
    }

    /** Two BOOL to one. */
    private abstract static class Binary extends PlainStep {
        Binary(int d, int a, int b) {
            super(d, a, b, 0);
        }

        abstract void run(boolean[] d, boolean[] a, boolean[] b, int n);

        @Override
        public void run(Frame r, int n) {
            run(r.b[d], r.b[a], r.b[b], n);
        }
    }
}
