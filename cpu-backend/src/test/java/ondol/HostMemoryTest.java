package ondol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import ondol.autograd.Autograd;
import ondol.backend.ReferenceBackend;
import org.junit.jupiter.api.Test;

/** Elements from and to memory that is no Java array of their type. */
final class HostMemoryTest {
    private static final Device REFERENCE = Device.of("host memory", new ReferenceBackend());

    @Test
    void ofEveryTypeAndOnEveryDevice() {
        for (Device device : new Device[] {Device.CPU, REFERENCE}) {
            Tensor f = Tensor.empty(Shape.of(2, 2), DType.FLOAT32, device);
            assertSame(f, f.upload(MemorySegment.ofArray(new float[] {1, -0f, Float.NaN, 4})));
            assertEquals("[1.0, -0.0, NaN, 4.0]", Arrays.toString(f.toFloatArray()));
            Tensor i = Tensor.empty(Shape.of(2), DType.INT64, device);
            i.upload(MemorySegment.ofArray(new long[] {Long.MIN_VALUE, 7}));
            assertArrayEquals(new long[] {Long.MIN_VALUE, 7}, i.toLongArray());
            Tensor b = Tensor.empty(Shape.of(3), DType.BOOL, device);
            b.upload(MemorySegment.ofArray(new byte[] {0, 1, -128}));
            byte[] bytes = new byte[3];
            b.download(MemorySegment.ofArray(bytes));
            assertArrayEquals(new byte[] {0, 1, 1}, bytes); // what is true is 1, whatever it was
            long[] longs = new long[2];
            i.download(MemorySegment.ofArray(longs));
            assertArrayEquals(new long[] {Long.MIN_VALUE, 7}, longs);
        }
    }

    @Test
    void windowsOfATensor() {
        Tensor x = Tensor.zeros(3, 4);
        x.slice(0, 1, 2).upload(MemorySegment.ofArray(new float[] {1, 2, 3, 4})); // where it lies
        x.select(1, 3).upload(MemorySegment.ofArray(new float[] {5, 6, 7})); // in steps of a row
        assertArrayEquals(new float[] {0, 0, 0, 5, 1, 2, 3, 6, 0, 0, 0, 7}, x.toFloatArray());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment room = arena.allocate(13, 1).asSlice(1); // at an odd address
            x.select(1, 3).download(room);
            assertEquals(7, room.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 8));
        }
        Tensor many = Tensor.empty(Shape.of(200_001), DType.BOOL, Device.CPU);
        byte[] bytes = new byte[200_001];
        bytes[200_000] = 2;
        bytes[65_536] = 1;
        assertEquals(
                2,
                many.upload(MemorySegment.ofArray(bytes)).to(DType.INT64).sum().itemLong());
        Tensor.empty(0, 3).upload(MemorySegment.ofArray(new byte[0])).download(MemorySegment.ofArray(new byte[0]));
    }

    @Test
    void isAChangeInPlace() {
        Tensor w = Tensor.ones(2).requiresGrad(true);
        MemorySegment values = MemorySegment.ofArray(new float[] {3, 4});
        assertThrows(IllegalStateException.class, () -> w.upload(values));
        assertArrayEquals(new float[] {1, 1}, w.toFloatArray());
        Tensor y = w.mul(2);
        y.upload(values);
        y.sum().backward();
        assertArrayEquals(new float[] {0, 0}, w.grad().toFloatArray()); // nothing is left of what it was
        Tensor z = w.square();
        Autograd.noGrad(() -> w.upload(values));
        assertTrue(assertThrows(IllegalStateException.class, () -> z.sum().backward())
                .getMessage()
                .contains("changed in place"));
        assertThrows(IllegalStateException.class, () -> Tensor.ones(1).expand(2).upload(values));
    }

    @Test
    void refusesWhatDoesNotFit() {
        Tensor x = Tensor.ones(2);
        assertEquals(
                "upload: a tensor of shape [2] has 2 elements of 4 bytes, the memory has 9 bytes; give a slice of as many, "
                        + "or slice the tensor",
                assertThrows(IllegalArgumentException.class, () -> x.upload(MemorySegment.ofArray(new byte[9])))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> x.download(MemorySegment.ofArray(new byte[4])));
        Tensor vast = Tensor.tensor(1L).expand(1L << 60, 4);
        assertThrows(IllegalArgumentException.class, () -> vast.download(MemorySegment.ofArray(new byte[4])));
        MemorySegment readOnly = MemorySegment.ofArray(new byte[8]).asReadOnly();
        assertThrows(IllegalArgumentException.class, () -> x.download(readOnly));
        MemorySegment room;
        try (Arena arena = Arena.ofShared()) {
            room = arena.allocate(8);
        }
        MemorySegment closed = room;
        assertThrows(IllegalStateException.class, () -> x.upload(closed));
        x.close();
        assertThrows(IllegalStateException.class, () -> x.upload(MemorySegment.ofArray(new byte[8])));
    }
}
