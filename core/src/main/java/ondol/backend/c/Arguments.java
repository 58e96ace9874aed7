package ondol.backend.c;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import ondol.kernel.Type;

/**
 * The struct that a kernel takes besides its buffers: first the 64-bit scalars, then the sizes, offsets and strides, all of
 * one width, then the 32-bit scalars. It is described once, for the text, and filled for every launch by the same calls.
 */
final class Arguments {
    /** The struct of a text. */
    static final class Fields {
        private final boolean wide;
        private final List<String> indices = new ArrayList<>();
        private final List<Expressions.ScalarUse> scalars;

        Fields(boolean wide, List<Expressions.ScalarUse> scalars) {
            this.wide = wide;
            this.scalars = scalars;
        }

        /** A size, offset or stride; returns how the text reads it. */
        String index(String name) {
            indices.add(name);
            return "a." + name;
        }

        /** A size that the text divides by. */
        Divisor divisor(String name) {
            return Divisor.of(this, name, wide);
        }

        int count() {
            return indices.size();
        }

        /** How texts read a scalar. */
        static String scalar(int index) {
            return "a.s" + index;
        }

        @Override
        public String toString() {
            StringBuilder s = new StringBuilder();
            s.append("typedef ").append(wide ? "i64" : "i32").append(" idx;\n");
            s.append("typedef ").append(wide ? "u64" : "u32").append(" uidx;\n");
            s.append("typedef struct {\n");
            for (var scalar : scalars) {
                if (scalar.type() == Type.I64) {
                    s.append("    i64 s").append(scalar.index()).append(";\n");
                }
            }
            if (!indices.isEmpty()) {
                s.append("    idx ").append(String.join(", ", indices)).append(";\n");
            }
            for (var scalar : scalars) {
                if (scalar.type() != Type.I64) {
                    s.append("    ")
                            .append(scalar.type() == Type.F32 ? "f32" : "i32")
                            .append(" s")
                            .append(scalar.index())
                            .append(";\n");
                }
            }
            return s.append("} Args;\n").toString();
        }
    }

    private final boolean wide;
    private final ByteBuffer bytes;

    /** Room for the values of a struct whose index fields are known in number. */
    Arguments(boolean wide, int indices, List<Expressions.ScalarUse> scalars, long[] values) {
        this.wide = wide;
        int longs = 0;
        int ints = 0;
        for (var scalar : scalars) {
            if (scalar.type() == Type.I64) {
                longs++;
            } else {
                ints++;
            }
        }
        int size = longs * Long.BYTES + indices * (wide ? Long.BYTES : Integer.BYTES) + ints * Integer.BYTES;
        if (longs > 0 || wide) {
            size = (size + Long.BYTES - 1) & -Long.BYTES; // as C aligns a struct that holds 64 bits
        }
        bytes = ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
        int intsAt = longs * Long.BYTES + indices * (wide ? Long.BYTES : Integer.BYTES);
        int longsAt = 0;
        for (var scalar : scalars) {
            long value = values[scalar.index()];
            if (scalar.type() == Type.I64) {
                bytes.putLong(longsAt, value);
                longsAt += Long.BYTES;
            } else {
                bytes.putInt(intsAt, (int) value);
                intsAt += Integer.BYTES;
            }
        }
        bytes.position(longsAt);
    }

    /**
     * The next size, offset or stride.
     *
     * @throws IllegalArgumentException if it does not fit: whoever chose 32 bits overlooked it
     */
    Arguments index(long value) {
        if (wide) {
            bytes.putLong(value);
        } else if ((int) value == value) {
            bytes.putInt((int) value);
        } else {
            throw new IllegalArgumentException("a kernel with indices of 32 bits was given " + value);
        }
        return this;
    }

    /** The next 32 bits, whatever they mean. */
    Arguments bits(int value) {
        bytes.putInt(value);
        return this;
    }

    /** The next size that is divided by. */
    Arguments divisor(long size) {
        Divisor.put(this, size, wide);
        return this;
    }

    /** All of it. */
    ByteBuffer bytes() {
        return bytes.rewind();
    }
}
