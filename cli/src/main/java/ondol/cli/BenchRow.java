package ondol.cli;

import com.google.gson.JsonObject;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A row of the table: one benchmark with its parameters, except the device.
 *
 * @param benchmark the benchmark's class, without its package
 * @param method its method
 * @param parameters JMH's parameters by name
 */
record BenchRow(String benchmark, String method, Map<String, String> parameters) implements Comparable<BenchRow> {
    private static final List<String> ORDER = List.of(
            "LectureStep",
            "MatMul",
            "Convolutions",
            "Layers",
            "Pointwise",
            "Reductions",
            "AdamUpdate",
            "Peak",
            "Copy",
            "ColdStart");
    static final List<String> NETS = List.of("OVERFITTING", "DROPOUT", "THOUSAND_RELUS");
    static final List<String> NET_LABELS = List.of(
            "step, 80 points, 1-512-1",
            "step, 80 points, 1-512-1, dropout 0.8",
            "step, 300 points, 1-1000-1, dropout 0.1");
    private static final Map<String, String> LAYER_LABELS = Map.of(
            "EMBEDDING", "Embedding, 8 x 512 of 10000 x 256",
            "BATCH_NORM_2D", "BatchNorm2d, 32 x 64 x 56 x 56",
            "LAYER_NORM", "LayerNorm, 8 x 512 x 768",
            "MAX_POOL_2D", "MaxPool2d 3x3, stride 2, 8 x 64 x 112 x 112",
            "LSTM", "LSTM, 64 steps of 32 x 128, 128 hidden",
            "ATTENTION", "attention, 8 x 4 heads of 128 x 32");
    private static final List<String> OPERATIONS =
            List.of("CLONE", "ADD", "RELU", "SIGMOID", "EXP", "DROPOUT", "SUM", "SUM_INNER", "SUM_OUTER", "SOFTMAX");

    /** The row of one of JMH's results. */
    static BenchRow of(JsonObject result) {
        Map<String, String> parameters = new TreeMap<>();
        if (result.has("params")) {
            result.getAsJsonObject("params")
                    .entrySet()
                    .forEach(p -> parameters.put(p.getKey(), p.getValue().getAsString()));
        }
        return of(result.get("benchmark").getAsString(), parameters);
    }

    /** The row of a benchmark, which JMH names with package, class and method. */
    static BenchRow of(String benchmark, Map<String, String> parameters) {
        String[] names = benchmark.split("\\.", -1);
        Map<String, String> rest = new TreeMap<>(parameters);
        rest.remove("device");
        return new BenchRow(names[names.length - 2], names[names.length - 1], rest);
    }

    /** Whether it times the machine, not an engine. */
    boolean ofMachine() {
        return BenchEngine.MACHINE.has(benchmark);
    }

    boolean isMatMul() {
        return benchmark.equals("MatMul");
    }

    /** Floating-point operations of a matrix product: 2 m k n. */
    double operations() {
        String[] sizes = parameter("shape").replaceFirst("-t.*", "").split("x", -1);
        double product = 2;
        for (int i = 0; i < 3; i++) {
            product *= Double.parseDouble(sizes[sizes.length == 1 ? 0 : i]);
        }
        return product;
    }

    String label() {
        return switch (benchmark) {
            case "LectureStep" -> {
                int net = NETS.indexOf(parameter("net"));
                yield net < 0 ? "step, " + parameter("net") : NET_LABELS.get(net);
            }
            case "MatMul" -> "matmul " + parameter("shape");
            case "Convolutions" -> convolution();
            case "Layers" ->
                LAYER_LABELS.getOrDefault(parameter("layer"), parameter("layer")) + ", forward and backward";
            case "Pointwise", "Reductions" -> operation() + " " + elements();
            case "AdamUpdate" -> "Adam " + elements();
            case "Copy" -> "System.arraycopy " + elements();
            case "ColdStart" ->
                "cold start, " + parameter("program").toLowerCase(Locale.ROOT).replace('_', ' ');
            default -> method;
        };
    }

    /** {@code conv 3x3 64-64, 8 of 56x56, forward}. */
    private String convolution() {
        String[] n = parameter("shape").split("x", -1);
        String pass = ", " + parameter("pass").toLowerCase(Locale.ROOT);
        if (n.length < 7) {
            return "conv " + parameter("shape") + pass;
        }
        String stride = n[5].equals("1") ? "" : ", stride " + n[5];
        String groups = n[6].equals("1") ? "" : ", " + n[6] + " groups";
        return "conv " + n[4] + "x" + n[4] + " " + n[1] + "-" + n[2] + stride + groups + ", " + n[0] + " of " + n[3]
                + "x" + n[3] + pass;
    }

    private String operation() {
        String name = parameter("operation").toLowerCase(Locale.ROOT).replace('_', ' ');
        return name.equals("clone") ? "copy" : name;
    }

    /** 1e5 for 100000. */
    private String elements() {
        String digits = parameter("elements");
        return digits.matches("10+") ? "1e" + (digits.length() - 1) : digits;
    }

    private String parameter(String name) {
        return parameters.getOrDefault(name, "?");
    }

    /** By benchmark, then by size, then by operation. */
    @Override
    public int compareTo(BenchRow other) {
        int byBenchmark = Integer.compare(place(), other.place());
        if (byBenchmark != 0) {
            return byBenchmark;
        }
        return Comparator.comparingDouble(BenchRow::size)
                .thenComparingInt(row -> OPERATIONS.indexOf(row.parameter("operation")))
                .thenComparing(BenchRow::label)
                .compare(this, other);
    }

    private int place() {
        int place = ORDER.indexOf(benchmark);
        return place < 0 ? ORDER.size() : place;
    }

    private double size() {
        return switch (benchmark) {
            case "LectureStep" -> NETS.indexOf(parameter("net"));
            case "MatMul" -> matMulPlace();
            default -> parameters.containsKey("elements") ? Double.parseDouble(parameter("elements")) : 0;
        };
    }

    /** Squares, then transposed ones, then odd shapes. */
    private double matMulPlace() {
        String shape = parameter("shape");
        boolean square = !shape.contains("x");
        boolean round = square && Integer.bitCount(Integer.parseInt(shape.replaceFirst("-t.*", ""))) == 1;
        return operations() + (shape.contains("-t") ? 1e15 : round ? 0 : 1e16);
    }
}
