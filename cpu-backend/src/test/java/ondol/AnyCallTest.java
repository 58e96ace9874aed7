package ondol;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;
import ondol.backend.OutOfDeviceMemoryException;
import ondol.backend.cpu.CpuBackend;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Calls everything that is public with values of every kind, good and bad. A call works, or is refused with words of the
 * library's own, and one that is refused has changed nothing.
 *
 * <p>{@code -Dondol.test.seed=5} draws other calls, {@code -Dondol.test.calls=100000} more of them, {@code -Dondol.test.call=17}
 * makes one of them alone.
 */
class AnyCallTest {
    private static final long SEED = Long.getLong("ondol.test.seed", 20260101);
    private static final int CALLS = Integer.getInteger("ondol.test.calls", 20_000);
    private static final int ONLY = Integer.getInteger("ondol.test.call", -1);

    private static final Logger LOG = Logger.getLogger("ondol");

    private final @Nullable Level logged = LOG.getLevel();
    private final Device before = Ondol.defaultDevice();
    private final Device device = bounded("dev");
    private final Device other = bounded("other");
    private final Map<String, String> faults = new LinkedHashMap<>();
    private AnyTensors tensors;

    private static Device bounded(String name) {
        return new CountingBackend(8 << 20, new BoundedBackend(new CpuBackend(1, false))).device(name);
    }

    @BeforeEach
    void prepare() {
        LOG.setLevel(Level.WARNING); // Device.best() says each time what it chose
        Ondol.setDefaultDevice(device);
        tensors = new AnyTensors(device, other);
    }

    @AfterEach
    void restore() {
        LOG.setLevel(logged);
        Ondol.setDefaultDevice(before);
    }

    @Test
    void everyCallWorksOrIsRefused() {
        List<Executable> api = AnyApi.everything();
        assertTrue(api.size() > 500, "found " + api.size());
        System.out.println(CALLS + " calls of " + api.size() + " methods from seed " + SEED);
        int refused = 0;
        for (int i = ONLY < 0 ? 0 : ONLY; i < (ONLY < 0 ? CALLS : ONLY + 1); i++) {
            var random = new Random(SEED + 1_000_003L * i);
            Executable called = api.get(random.nextInt(api.size()));
            var values = new AnyValues(random, device, other, tensors, random.nextInt(3) == 0 ? 0.5 : 0.15);
            refused += call(i, called, values, -1) ? 0 : 1;
        }
        report();
        if (ONLY < 0) {
            assertTrue(refused > CALLS / 20 && refused < CALLS * 9 / 10, refused + " refused");
        }
    }

    /** A null where the API says that there must be something. */
    @Test
    void noNullIsTaken() {
        int nulls = 0;
        for (Executable called : AnyApi.everything()) {
            AnnotatedType[] types = called.getAnnotatedParameterTypes();
            for (int i = 0; i < types.length; i++) {
                if (called.getParameterTypes()[i].isPrimitive() || types[i].isAnnotationPresent(Nullable.class)) {
                    continue;
                }
                nulls++;
                for (int attempt = 0; attempt < 3; attempt++) {
                    var values = new AnyValues(new Random(SEED + attempt), device, other, tensors, 0);
                    if (call(nulls, called, values, i)) {
                        fault("takes null", called, nulls, "(parameter " + i + " null)");
                    }
                }
            }
        }
        report();
        assertTrue(nulls > 200, "found " + nulls);
    }

    private void report() {
        if (!faults.isEmpty()) {
            fail(faults.size() + " faults of seed " + SEED + ":\n" + String.join("\n", faults.values()));
        }
    }

    private void fault(String kind, Executable called, int number, String words) {
        String key = kind.replaceAll("\\d+|\\[[^]]*]", "").replaceAll(" at ondol.Any.*", "");
        faults.putIfAbsent(key + called.getName(), "  #" + number + " " + called + "\n    " + words + "\n    " + kind);
    }

    /** Makes one call; false if it was refused. */
    private boolean call(int number, Executable called, AnyValues values, int nullAt) {
        try (Scope scope = Scope.open()) {
            Object receiver = AnyApi.needsReceiver(called) ? values.drawSome(called.getDeclaringClass()) : null;
            String words = (receiver == null ? "" : values.text() + ".") + called.getName() + "(";
            Type[] types = called.getGenericParameterTypes();
            Object[] arguments = new Object[types.length];
            for (int i = 0; i < types.length; i++) {
                arguments[i] = i == nullAt ? null : values.draw(types[i]);
                words += (i == 0 ? "" : ", ") + (i == nullAt ? "null" : values.text());
            }
            words += ")";
            if (AnyApi.takesTooLong(called, arguments)) {
                return false;
            }
            Map<String, Object> state = state(receiver, arguments);
            long inUse = device.memoryStats().inUse();
            boolean works;
            Scope inner = Scope.open();
            try {
                close(AnyApi.invoke(called, receiver, arguments));
                works = true;
            } catch (InvocationTargetException e) {
                works = false;
                String fault = faultOf(e.getCause());
                if (fault != null) {
                    fault(fault, called, number, words);
                }
                if (Context.current().scope != inner) {
                    fault("another scope is open", called, number, words);
                }
                inner.close();
                long lost = device.memoryStats().inUse() - inUse;
                if (lost > 0) {
                    fault("memory is lost: " + lost + " bytes", called, number, words);
                }
                compare(state, state(receiver, arguments), called, number, words);
            } finally {
                inner.close();
            }
            boolean changed = !state.equals(state(receiver, arguments));
            scope.close();
            restoreAfter(changed);
            return works;
        }
    }

    /** What the call opened is closed. */
    private static void close(@Nullable Object result) {
        if (result instanceof Recording r) {
            r.close();
        } else if (result instanceof Scope s) {
            s.close();
        }
    }

    private void restoreAfter(boolean changed) {
        Ondol.setDefaultDevice(device);
        assertTrue(Recording.isOn(), "recording is on again");
        if (changed) {
            tensors.close();
            tensors = new AnyTensors(device, other);
        }
    }

    private Map<String, Object> state(@Nullable Object receiver, Object[] arguments) {
        Map<String, Object> state = new LinkedHashMap<>(tensors.state());
        state.put("generator", Arrays.hashCode(Ondol.generator().getState()));
        state.put("recording", Recording.isOn());
        state.put("default device", Ondol.defaultDevice());
        List<@Nullable Object> all = new ArrayList<>(Arrays.asList(arguments));
        all.add(receiver);
        for (int i = 0; i < all.size(); i++) {
            String text = AnyApi.textOf(all.get(i));
            if (text != null) {
                state.put("argument " + i, text);
            }
        }
        return state;
    }

    private void compare(Map<String, Object> was, Map<String, Object> is, Executable called, int number, String words) {
        was.forEach((what, value) -> {
            if (!value.equals(is.get(what))) {
                fault("refused, but " + what + " changed: " + value + " to " + is.get(what), called, number, words);
            }
        });
    }

    /** What is wrong about a refusal; null if nothing is. */
    private static @Nullable String faultOf(Throwable e) {
        Class<?> c = e.getClass();
        boolean known = c == IllegalArgumentException.class
                || c == IllegalStateException.class
                || c == IndexOutOfBoundsException.class
                || c == NullPointerException.class
                || c == OutOfDeviceMemoryException.class;
        String message = e.getMessage();
        StackTraceElement[] trace = e.getStackTrace();
        String from = trace.length == 0 ? "" : trace[0].getClassName();
        boolean own = from.startsWith("ondol.") || from.equals("java.util.Objects");
        boolean says = message != null && !message.isBlank() && !message.startsWith("Cannot ");
        if (known && own && says) {
            return null;
        }
        StringBuilder text = new StringBuilder(e.toString());
        for (StackTraceElement at : trace) {
            text.append(text.indexOf(" at ") < 0 || at.getClassName().startsWith("ondol.") ? " at " + at : "");
            if (text.length() > 400) {
                break;
            }
        }
        return text.toString();
    }
}
