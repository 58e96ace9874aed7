package ondol.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.Array;
import java.util.List;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.kernel.Expr;
import ondol.kernel.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Copies from and to a {@link CpuBuffer}: {@link Strided} ones, and those of {@link HostCopy}. */
class StridedTest {
    private static CpuBuffer numbers(Type type, int n) {
        CpuBuffer buffer = new CpuBuffer(type, n);
        for (int k = 0; k < n; k++) {
            switch (buffer.array) {
                case float[] f -> f[k] = k + 0.5f;
                case int[] i -> i[k] = ~k;
                case long[] l -> l[k] = ~k * (1L << 40);
                default -> ((boolean[]) buffer.array)[k] = k % 3 == 0;
            }
        }
        return buffer;
    }

    /** From any strides to a register, and on to other strides; what is between stays. */
    @ParameterizedTest
    @EnumSource
    void throughARegister(Type type) {
        CpuBuffer from = numbers(type, 60);
        Program program = ProgramCompiler.compile(List.of(Expr.input(0, type)), 1, 0, true, false);
        for (int stride : new int[] {1, 3, -2, 0}) {
            for (int out : new int[] {1, 2, -3}) {
                Frame frame = new Frame(program, new Scratch());
                frame.own(0);
                CpuBuffer to = new CpuBuffer(type, 60);
                CpuBuffer expected = new CpuBuffer(type, 60);
                for (int k = 0; k < 9; k++) {
                    System.arraycopy(from.array, 20 + k * stride, expected.array, 30 + k * out, 1);
                }
                Strided.read(type, from.array, 20, stride, frame, 0, 4, 9);
                Strided.write(type, frame, 0, 4, to.array, 30, out, 9);
                for (int k = 0; k < 60; k++) {
                    assertEquals(Array.get(expected.array, k), Array.get(to.array, k));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void throughHostMemory(Type type) {
        CpuBuffer from = numbers(type, 20);
        CpuBuffer to = new CpuBuffer(type, 20);
        CpuBuffer expected = new CpuBuffer(type, 20);
        System.arraycopy(from.array, 3, expected.array, 11, 7);
        MemorySegment host = MemorySegment.ofArray(new byte[7 * type.bytes()]);
        HostCopy.download(from, 3, host);
        HostCopy.upload(host, to, 11);
        for (int k = 0; k < 20; k++) {
            assertEquals(Array.get(expected.array, k), Array.get(to.array, k));
        }
    }

    @Test
    void booleansAreBytes() {
        CpuBuffer buffer = new CpuBuffer(Type.BOOL, 3);
        HostCopy.upload(MemorySegment.ofArray(new byte[] {0, 1, -7}), buffer, 0);
        assertArrayEquals(new boolean[] {false, true, true}, (boolean[]) buffer.array);
        byte[] bytes = new byte[3];
        HostCopy.download(buffer, 0, MemorySegment.ofArray(bytes));
        assertArrayEquals(new byte[] {0, 1, 1}, bytes);
    }

    @Test
    void noArrayIsThatLong() {
        for (long length : new long[] {Integer.MAX_VALUE, 1L << 40}) {
            var e = assertThrows(OutOfDeviceMemoryException.class, () -> new CpuBuffer(Type.BOOL, length));
            assertEquals(
                    "cpu: a buffer of " + length + " BOOL elements; a Java array holds at most 2147483639",
                    e.getMessage());
        }
    }
}
