package ondol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import ondol.backend.Backend;
import ondol.backend.BackendProvider;
import ondol.backend.BackendProvider.Probe;
import ondol.backend.DeviceInfo;
import ondol.backend.Log;
import ondol.backend.MatmulPrecision;
import ondol.backend.Settings;
import ondol.kernel.Type;
import ondol.memory.Memory;
import org.jspecify.annotations.Nullable;

/**
 * Where tensors live and are computed: {@code cpu}, {@code opencl:0}, {@code cuda:1}. Backends are found on the class or
 * module path; a device is opened when it is first used, and there is one {@code Device} object for each.
 */
public final class Device {
    private static final Map<String, Device> KNOWN = new LinkedHashMap<>();
    private static final Map<BackendProvider, Probe> PROBED = new LinkedHashMap<>();
    private static @Nullable List<BackendProvider> providers;

    /** The backends that come with Ondol, each in an artifact of its own. */
    private static final List<String> BACKENDS = List.of("cpu", "opencl", "cuda");

    /** The CPU, computed in pure Java. Using it needs a CPU backend on the path. */
    public static final Device CPU = new Device("cpu");

    static {
        KNOWN.put("cpu", CPU);
    }

    private final String name;
    private volatile @Nullable Open open;

    /** The parts of a device that has been opened. */
    private record Open(Backend backend, Memory memory, Memory.Maker<Storage> maker) {}

    private Device(String name) {
        this.name = name;
    }

    /**
     * {@return the device of that name: a backend's name, or with the device's number or a part of its own name after a colon
     * ({@code opencl}, {@code opencl:1}, {@code opencl:radeon})} If no device's own name contains it, the details that {@code
     * ondol devices} shows are looked through, the platform's name among them ({@code opencl:nvidia}). Of several that fit, it
     * is the first, and a line of the log names them all.
     *
     * @param name {@code cpu}, {@code opencl:1}, {@code opencl:radeon} and the like
     * @throws IllegalArgumentException if there is none; the message lists those there are and why others are not. Also if a
     *     setting ({@code -Dondol...}) means nothing, here or at the device's first use
     */
    public static Device of(String name) {
        Objects.requireNonNull(name, "Device.of: the name is null; give one such as \"cpu\" or \"opencl:0\"");
        synchronized (KNOWN) {
            Device known = KNOWN.get(name);
            if (known != null) {
                return known;
            }
            int colon = name.indexOf(':');
            String backend = colon < 0 ? name : name.substring(0, colon);
            String which = colon < 0 ? "0" : name.substring(colon + 1);
            for (BackendProvider provider : providers()) {
                if (provider.name().equals(backend) && probe(provider) instanceof Probe.Available found) {
                    int index = index(name, which, found.devices());
                    if (index >= 0) {
                        return canonical(backend, index);
                    }
                }
            }
            throw new IllegalArgumentException(
                    "device '" + name + "' is not available: " + missing(backend) + reason());
        }
    }

    private static Device canonical(String backend, int index) {
        String name = backend.equals("cpu") && index == 0 ? "cpu" : backend + ":" + index;
        return KNOWN.computeIfAbsent(name, Device::new);
    }

    private static int index(String name, String which, List<DeviceInfo> devices) {
        if (which.isEmpty()) {
            return -1;
        }
        if (which.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return which.length() < 9 && Integer.parseInt(which) < devices.size() ? Integer.parseInt(which) : -1;
        }
        int byName = first(name, devices, d -> contains(d.name(), which));
        return byName >= 0 ? byName : first(name, devices, d -> contains(d.details(), which));
    }

    private static int first(String name, List<DeviceInfo> devices, Predicate<DeviceInfo> wanted) {
        int[] fitting = IntStream.range(0, devices.size())
                .filter(i -> wanted.test(devices.get(i)))
                .toArray();
        if (fitting.length > 1) {
            String all = Arrays.stream(fitting)
                    .mapToObj(i -> i + " (" + devices.get(i).name() + ")")
                    .collect(Collectors.joining(", "));
            log().log(System.Logger.Level.INFO, "{0}: the first of {1}; use the number for another", name, all);
        }
        return fitting.length > 0 ? fitting[0] : -1;
    }

    /** The JVM's logging is a hundred and fifty classes: they are loaded when there is something to say. */
    private static System.Logger log() {
        return Log.of("ondol");
    }

    private static boolean contains(String text, String part) {
        return text.toLowerCase(Locale.ROOT).contains(part.toLowerCase(Locale.ROOT));
    }

    /** Why a backend is not there, after which comes what there is. */
    private static String missing(String backend) {
        if (providers().stream().anyMatch(p -> p.name().equals(backend))) {
            return "";
        }
        return BACKENDS.contains(backend)
                ? "add ondol-" + backend + "-backend to the class or module path; "
                : "no backend is called '" + backend + "', those known are " + String.join(", ", BACKENDS) + "; ";
    }

    /** The available devices, and why other backends on the path have none, for messages. */
    private static String reason() {
        var text = new StringBuilder();
        for (var entry : probes().entrySet()) {
            String provider = entry.getKey().name();
            text.append(text.isEmpty() ? "" : "; ");
            switch (entry.getValue()) {
                case Probe.Available a -> {
                    for (int i = 0; i < a.devices().size(); i++) {
                        text.append(i == 0 ? "there is " : ", ")
                                .append(provider.equals("cpu") ? provider : provider + ":" + i)
                                .append(" (" + a.devices().get(i).name() + ")");
                    }
                }
                case Probe.Unavailable u ->
                    text.append(provider).append(" is unavailable: ").append(u.reason());
            }
        }
        return text.isEmpty() ? "there is no device at all" : text.toString();
    }

    /**
     * {@return a device over a backend that the program opened itself, for tests and for backends with settings of their own}
     *
     * @param name a name that no device has yet
     * @param backend an open backend, which belongs to the device from now on
     * @throws IllegalArgumentException if the name is taken
     */
    public static Device of(String name, Backend backend) {
        Objects.requireNonNull(name, "Device.of: the name is null; give one that no device has");
        Objects.requireNonNull(backend, "Device.of: the backend is null; give one that is open");
        synchronized (KNOWN) {
            if (KNOWN.containsKey(name)) {
                throw new IllegalArgumentException("device '" + name + "' exists already; choose another name");
            }
            Settings.check();
            Device device = new Device(name);
            device.open = device.opened(backend);
            KNOWN.put(name, device);
            return device;
        }
    }

    /**
     * {@return the best device there is: a GPU before other accelerators before a CPU} Logs in one line what was chosen and why
     * the others were not.
     */
    public static Device best() {
        BackendProvider chosen = null;
        DeviceInfo.Kind kind = DeviceInfo.Kind.CPU;
        int index = 0;
        for (var entry : probes().entrySet()) {
            if (entry.getValue() instanceof Probe.Available a) {
                for (int i = 0; i < a.devices().size(); i++) {
                    DeviceInfo.Kind k = a.devices().get(i).kind();
                    boolean better = chosen == null
                            || k.compareTo(kind) > 0
                            || (k == kind && rank(k, entry.getKey()) > rank(kind, chosen));
                    if (better) {
                        chosen = entry.getKey();
                        kind = k;
                        index = i;
                    }
                }
            }
        }
        if (chosen == null) {
            throw new IllegalStateException("Device.best: " + missing("cpu") + reason());
        }
        String backend = chosen.name();
        synchronized (KNOWN) {
            Device device = canonical(backend, index);
            log().log(System.Logger.Level.INFO, "Device.best: {0}; {1}", device, reason());
            return device;
        }
    }

    /** The order in which backends are preferred: on a CPU the pure-Java one comes first, else the one of the higher rank. */
    private static int rank(DeviceInfo.Kind kind, BackendProvider provider) {
        return kind == DeviceInfo.Kind.CPU ? -provider.rank() : provider.rank();
    }

    /** {@return what each backend on the path found when it looked for devices, by the backend's name} */
    public static Map<String, Probe> discover() {
        var found = new LinkedHashMap<String, Probe>();
        probes().forEach((provider, probe) -> found.put(provider.name(), probe));
        return found;
    }

    private static Map<BackendProvider, Probe> probes() {
        synchronized (KNOWN) {
            var all = new LinkedHashMap<BackendProvider, Probe>();
            providers().forEach(provider -> all.put(provider, probe(provider)));
            return all;
        }
    }

    private static List<BackendProvider> providers() {
        synchronized (KNOWN) {
            if (providers == null) {
                var all = new ArrayList<BackendProvider>();
                var loader = ServiceLoader.load(BackendProvider.class).iterator();
                while (true) {
                    try {
                        if (!loader.hasNext()) {
                            break;
                        }
                        all.add(loader.next());
                    } catch (ServiceConfigurationError | LinkageError e) {
                        log().log(System.Logger.Level.WARNING, "a backend could not be loaded", e);
                    }
                }
                all.sort((a, b) -> Integer.compare(a.rank(), b.rank()));
                providers = all;
            }
            return providers;
        }
    }

    /**
     * The devices that a backend finds. It looks once, when it is first asked for: nobody's natives are loaded for another's
     * devices.
     */
    private static Probe probe(BackendProvider provider) {
        synchronized (KNOWN) {
            return PROBED.computeIfAbsent(provider, Device::probeNow);
        }
    }

    /** The one place that survives a native library that does not link. */
    private static Probe probeNow(BackendProvider provider) {
        try {
            return provider.probe();
        } catch (LinkageError e) {
            return new Probe.Unavailable(e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }

    private Open open() {
        Open o = open;
        return o != null ? o : openNow();
    }

    private Open opened(Backend backend) {
        return new Open(backend, new Memory(name, backend), Storage.maker(this));
    }

    private synchronized Open openNow() {
        if (open != null) {
            return open;
        }
        Settings.check();
        int colon = name.indexOf(':');
        String backend = colon < 0 ? name : name.substring(0, colon);
        int index = colon < 0 ? 0 : Integer.parseInt(name.substring(colon + 1));
        for (BackendProvider provider : providers()) {
            if (provider.name().equals(backend) && probe(provider) instanceof Probe.Available) {
                Backend b = provider.open(index);
                try {
                    Open o = opened(b);
                    open = o;
                    return o;
                } catch (RuntimeException e) {
                    b.close();
                    throw e;
                }
            }
        }
        throw new IllegalStateException("device '" + name + "' is not available: " + missing(backend) + reason());
    }

    Backend backend() {
        return open().backend;
    }

    /** A new buffer of at least {@code length} elements, with arbitrary content. */
    Storage allocate(Type type, long length) {
        Open o = open();
        return o.memory.allocate(type, length, o.maker);
    }

    /** {@return the device's name, memory, and whether it keeps the strict contract} Opens the device. */
    public DeviceInfo info() {
        return backend().info();
    }

    /**
     * Says how inexact matrix products may be on this device; a device may always be more exact. Only CUDA devices make a
     * difference: there the default is {@code FLOAT32}, cuBLAS's way, which is much faster on large matrices and gives other
     * bits than the other devices. {@code -Dondol.matmul=strict} makes STRICT the default.
     *
     * <p>As {@code torch.set_float32_matmul_precision}, with one step more.
     *
     * @param allowed the least exact way that may be taken
     * @return what is in force from now on
     */
    public MatmulPrecision matmulPrecision(MatmulPrecision allowed) {
        Objects.requireNonNull(allowed, "matmulPrecision: it is null; give STRICT, FLOAT32 or TF32");
        return backend().matmulPrecision(allowed);
    }

    /** {@return how much of the device's memory is in use, pooled and free, in bytes} */
    public MemoryStats memoryStats() {
        Memory.Usage usage = open().memory.usage();
        return new MemoryStats(usage.inUse(), usage.pooled(), usage.limit());
    }

    /**
     * The most memory that was in use at once, since the device was opened or {@link #resetPeakMemoryStats} was called. As
     * {@code torch.cuda.max_memory_allocated}.
     *
     * @return bytes, counted as {@link MemoryStats#inUse} counts them
     */
    public long maxMemoryAllocated() {
        return open().memory.usage().peak();
    }

    /** Lets {@link #maxMemoryAllocated} count from now on. As {@code torch.cuda.reset_peak_memory_stats}. */
    public void resetPeakMemoryStats() {
        open().memory.resetPeak();
    }

    /**
     * What the device's memory is used for, as text: how much is in use, was at most, is kept for reuse and may be taken, and
     * the largest holders by size and type. As {@code torch.cuda.memory_summary}, in a few lines:
     *
     * <pre>{@code
     * cpu: 96.0 MB in use, at most 128.0 MB, 32.0 MB kept for reuse, limit 5.1 GB; the largest holders:
     *   2 x 8388608 FLOAT32 = 64.0 MB
     *   1 x 4194304 INT64 = 32.0 MB
     * }</pre>
     *
     * @return some lines, without a line feed at the end
     */
    public String memorySummary() {
        return open().memory.summary();
    }

    /** Gives the memory that is pooled for reuse back to the device. */
    public void trimMemory() {
        open().memory.trim();
    }

    /** Waits until the device has done everything asked of it. */
    public void synchronize() {
        backend().synchronize();
    }

    /** {@return the name by which {@link #of(String)} finds it} */
    public String name() {
        return name;
    }

    @Override
    public String toString() {
        return name;
    }
}
