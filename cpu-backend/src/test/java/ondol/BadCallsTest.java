package ondol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.ref.Reference;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/**
 * What a program does wrong it is told: each call fails with the right exception, its message names the operation, the
 * shapes or values, and what to do, and nothing has changed.
 */
class BadCallsTest {
    @TestFactory
    Stream<DynamicTest> shapes() {
        return tests(BadShapes.calls());
    }

    @TestFactory
    Stream<DynamicTest> values() {
        return tests(BadValues.calls());
    }

    @TestFactory
    Stream<DynamicTest> kernels() {
        return tests(BadKernels.calls());
    }

    @TestFactory
    Stream<DynamicTest> gradients() {
        return tests(BadGradients.calls());
    }

    @TestFactory
    Stream<DynamicTest> sizes() {
        return tests(BadSizes.calls());
    }

    @TestFactory
    Stream<DynamicTest> modules() {
        return tests(BadModules.calls());
    }

    @TestFactory
    Stream<DynamicTest> nulls() {
        return tests(BadNulls.calls());
    }

    private static Stream<DynamicTest> tests(Stream<BadCall> calls) {
        return calls.map(call -> DynamicTest.dynamicTest(call.toString(), () -> check(call)));
    }

    private static void check(BadCall bad) {
        Device before = Ondol.defaultDevice();
        Device device = new CountingBackend(64L << 20).device("dev");
        Device other = new CountingBackend(64L << 20).device("other");
        Ondol.setDefaultDevice(device);
        try (var _ = Scope.open()) {
            var given = new BadCall.Given(device, other);
            var call = bad.call().apply(given);
            try {
                check(bad, given, call);
            } finally {
                Reference.reachabilityFence(call); // what was prepared
            }
        } finally {
            Ondol.setDefaultDevice(before);
        }
    }

    private static void check(BadCall bad, BadCall.Given given, Executable call) {
        Map<String, String> state = given.snapshot();
        Exception e;
        try (var _ = Scope.open()) {
            e = assertThrows(bad.type(), call);
        }
        String message = String.valueOf(e.getMessage())
                .replace(given.device.name(), "dev")
                .replace(given.otherDevice.name(), "other")
                .replace(Device.CPU.info().name(), "PROCESSOR");
        assertEquals(bad.message(), message);
        assertEquals(bad.type(), e.getClass());
        Map<String, String> now = given.snapshot();
        state.forEach((what, value) -> assertEquals(value, now.get(what), what));
    }
}
