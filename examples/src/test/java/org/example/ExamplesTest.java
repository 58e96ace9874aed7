package org.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import ondol.backend.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each program in a JVM of its own, as a user runs it, and what it prints. */
class ExamplesTest {
    private static final Path SOURCES = Path.of("src/main/java/org/example");

    @TempDir
    private Path folder;

    private ChildJvm program(Class<?> main, String... arguments) {
        return new ChildJvm(main)
                .options(
                        "--add-modules",
                        "jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dondol.cache=" + System.getProperty("ondol.cache"),
                        "-Djava.io.tmpdir=" + folder)
                .arguments(arguments);
    }

    private String run(Class<?> main, String... arguments) throws Exception {
        ChildJvm.Result end = program(main, arguments).run();
        assertEquals(0, end.exitCode(), end.output());
        return end.output().replace(System.lineSeparator(), "\n");
    }

    /** The numbers that stand after some words, in the order in which they were printed; there is one at least. */
    private static double[] numbers(String output, String words) {
        double[] numbers = Pattern.compile(Pattern.quote(words) + " +(-?[0-9.]+)")
                .matcher(output)
                .results()
                .mapToDouble(found -> Double.parseDouble(found.group(1)))
                .toArray();
        assertTrue(numbers.length > 0, "no number after '" + words + "' in " + output);
        return numbers;
    }

    private static double last(String output, String words) {
        double[] numbers = numbers(output, words);
        return numbers[numbers.length - 1];
    }

    private static void assertContains(String part, String output) {
        assertTrue(output.contains(part), () -> "no '" + part + "' in " + output);
    }

    private static void assertBetween(double least, double most, double value, String output) {
        assertTrue(
                value >= least && value <= most, () -> value + " is not from " + least + " to " + most + "\n" + output);
    }

    private static long count(String part, String output) {
        return Pattern.compile(part, Pattern.LITERAL).matcher(output).results().count();
    }

    // ---- all of them

    private static List<String> programs() throws IOException {
        try (Stream<Path> files = Files.list(SOURCES)) {
            return files.map(file -> file.getFileName().toString())
                    .map(name -> name.replace(".java", ""))
                    .sorted()
                    .toList();
        }
    }

    /** Those that read their arguments, and what these name, before anything else, and refuse them in a line. */
    private static final Set<String> IN_A_LINE = Set.of("CharacterTransformer", "DeviceComparison", "InferenceServer");

    private void refused(String message, Class<?> main, String... arguments) throws Exception {
        ChildJvm.Result end = program(main, arguments).run();
        String output =
                end.output().lines().filter(line -> !line.startsWith("WARNING")).collect(Collectors.joining("\n"));
        assertEquals(2, end.exitCode(), output);
        assertTrue(output.matches(message), output);
    }

    @Test
    void argumentsAreRefusedInALine() throws Exception {
        Path small = Files.writeString(folder.resolve("small.txt"), "too short");
        Path none = folder.resolve("none.txt");
        refused("usage: DeviceComparison .*", DeviceComparison.class, "--nonsense");
        refused("device 'tpu' is not available.*", DeviceComparison.class, "--devices", "cpu,tpu");
        refused("usage: CharacterTransformer .*", CharacterTransformer.class, "--device");
        refused("--text .*none.txt: there is no such file", CharacterTransformer.class, "--text", none.toString());
        refused(
                "--text .*small.txt: it has 9 characters; give more than 32, which are looked at together",
                CharacterTransformer.class,
                "--text",
                small.toString());
        refused("device 'tpu' is not available.*", CharacterTransformer.class, "--device", "tpu");
        refused("usage: InferenceServer .*", InferenceServer.class, "--serve");
        for (String port : new String[] {"abc", "65536", "-1"}) {
            refused(
                    "--serve " + port + ": give a port from 0 to 65535; 0 is any that is free",
                    InferenceServer.class,
                    "--serve",
                    port);
        }
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            refused(
                    "--serve " + port + ": the port cannot be had, .*; give another",
                    InferenceServer.class,
                    "--serve",
                    port);
        }
    }

    private static List<String> otherPrograms() throws IOException {
        return programs().stream().filter(name -> !IN_A_LINE.contains(name)).toList();
    }

    @ParameterizedTest
    @MethodSource("otherPrograms")
    void otherArgumentsAreRefused(String name) throws Exception {
        Method main = Class.forName("org.example." + name).getMethod("main", String[].class);
        for (String[] wrong : new String[][] {{"--nonsense"}, {"--nonsense", "1"}, {"--device"}}) {
            Throwable thrown = assertThrows(InvocationTargetException.class, () -> main.invoke(null, (Object) wrong))
                    .getCause();
            assertInstanceOf(IllegalArgumentException.class, thrown);
            assertContains("usage: " + name + " [--device", String.valueOf(thrown.getMessage()));
        }
    }

    @ParameterizedTest
    @MethodSource("programs")
    void theReadmeHasALink(String name) throws IOException {
        assertContains(
                "(examples/src/main/java/org/example/" + name + ".java)", Files.readString(Path.of("../README.md")));
    }

    // ---- one by one

    @Test
    void firstNetwork() throws Exception {
        String output = run(FirstNetwork.class);
        assertContains("the line is 4.0042 x + 2.4459\ntensor([[2.8463]], grad_fn=<AddmmBackward0>)\n", output);
        double[] losses = numbers(output, "loss");
        assertEquals(5, losses.length);
        assertTrue(losses[0] > losses[4]);
    }

    @Test
    void digitsLoop() throws Exception {
        String output = run(DigitsLoop.class, "--device", "cpu");
        assertEquals(10, numbers(output, "loss").length);
        assertTrue(numbers(output, "train accuracy")[0] < 0.8, output);
        assertBetween(0.97, 1, last(output, "train accuracy"), output);
        assertBetween(0.955, 1, last(output, "test accuracy"), output);
    }

    @Test
    void tableClassifier() throws Exception {
        String output = run(TableClassifier.class);
        assertContains("344 rows of [Species, Island,", output);
        assertContains("classes [Adelie, Chinstrap, Gentoo], 15 features\n", output);
        assertBetween(0.97, 1, last(output, "kept aside: accuracy"), output);
        assertContains("\nanswer: Adelie, probability", output);
        assertBetween(0.9, 1, last(output, "probability"), output);
    }

    /** Two classes that the first column tells apart; the second says nothing. */
    @Test
    void tableClassifierOfACsvFile() throws Exception {
        StringBuilder csv = new StringBuilder("size,colour,kind\n");
        for (int i = 0; i < 100; i++) {
            csv.append(i).append(i % 3 == 0 ? ",red," : ",blue,").append(i < 50 ? "small\n" : "large\n");
        }
        Path file = Files.writeString(folder.resolve("kinds.csv"), csv);
        String output = run(TableClassifier.class, "--device", "cpu", file.toString(), "kind");
        assertContains("100 rows of [size, colour, kind]\nclasses [large, small], 3 features\n", output);
        assertBetween(0.9, 1, last(output, "kept aside: accuracy"), output);
        assertContains("\nasked: [0, red]\nanswer: small, probability", output);
        assertBetween(0.9, 1, last(output, "probability"), output);
    }

    @Test
    void convolutionalNetwork() throws Exception {
        String output = run(ConvolutionalNetwork.class);
        List<int[]> rows = output.lines()
                .filter(line -> line.matches(" {5}[0-9] ( +[0-9]+){10}"))
                .map(line -> Stream.of(line.strip().split(" +", -1))
                        .mapToInt(Integer::parseInt)
                        .toArray())
                .toList();
        assertEquals(10, rows.size(), output);
        int all = 0;
        int right = 0;
        for (int[] row : rows) {
            all += Arrays.stream(row).skip(1).sum();
            right += row[row[0] + 1];
        }
        assertEquals(359, all, output);
        assertEquals((double) right / all, last(output, "test accuracy"), 1e-4);
        assertBetween(0.98, 1, last(output, "test accuracy"), output);
    }

    @Test
    void weatherForecast() throws Exception {
        String output = run(WeatherForecast.class);
        double asToday = last(output, "degrees, as today");
        assertBetween(2.8, 3, asToday, output);
        assertBetween(2, 0.94 * asToday, last(output, "in 2015: forecast"), output);
        assertEquals(
                7,
                Pattern.compile("\n2015-0[67]-..( +-?[0-9.]+){3}(?=\n)")
                        .matcher(output)
                        .results()
                        .count(),
                output);
    }

    /** The text is known by heart. */
    @Test
    void characterTransformer() throws Exception {
        String output = run(CharacterTransformer.class);
        assertBetween(1.5, 4, numbers(output, "loss")[0], output);
        assertBetween(0, 0.6, last(output, "loss"), output);
        assertContains(
                "\nmost probable: An ondol is a warm floor. In the old houses of Korea the kitchen lies lower than the rooms,",
                output);
        assertContains("\ndrawn:         An ondol is a warm floor. In the", output);
    }

    @Test
    void characterTransformerWithATextOfItsUser() throws Exception {
        Path text = Files.writeString(folder.resolve("text.txt"), "un deux trois ".repeat(20));
        String output = run(CharacterTransformer.class, "--text", text.toString(), "--device", "cpu");
        assertContains("280 characters, 11 different ones", output);
        assertContains("\nmost probable: " + "un deux trois ".repeat(10), output);
    }

    @Test
    void autoencoder() throws Exception {
        String output = run(Autoencoder.class);
        double mean = last(output, "every digit: test error");
        assertBetween(0.06, 0.09, mean, output);
        double[] errors = numbers(output.substring(0, output.indexOf("the mean picture")), "test error");
        assertBetween(0, 0.3 * mean, errors[errors.length - 1], output);
        assertTrue(errors[0] > errors[errors.length - 1], output);
        assertEquals(
                8,
                output.lines()
                        .dropWhile(line -> !line.startsWith("a digit"))
                        .skip(1)
                        .count(),
                output);
    }

    /** Nine of the ten digits at least are those that were asked for. */
    @Test
    void variationalAutoencoder() throws Exception {
        String output = run(VariationalAutoencoder.class);
        double[] losses = numbers(output, "loss");
        assertTrue(losses[0] > losses[losses.length - 1], output);
        String[] read =
                output.substring(output.indexOf("read as: ") + 9).strip().split(" ", -1);
        assertEquals(10, read.length, output);
        int right = 0;
        for (int digit = 0; digit < 10; digit++) {
            right += read[digit].equals(Integer.toString(digit)) ? 1 : 0;
        }
        assertTrue(right >= 9, output);
    }

    @Test
    void pyTorchWeights() throws Exception {
        String output = run(PyTorchWeights.class);
        assertBetween(0.93, 1, last(output, "which digit: accuracy"), output);
        assertContains("trained parameters: 66 of 6306\n", output);
        double before = last(output, "even or odd, before: accuracy");
        assertBetween(before + 0.1, 1, last(output, "even or odd, after: accuracy"), output);
        assertEquals(4, count(" as it was\n", output), output);
        assertContains("  5.weight is new\n  5.bias is new\n", output);

        String file = output.substring("read ".length() + output.indexOf("read "), output.indexOf("\n  1.weight"));
        byte[] contents = Files.readAllBytes(Path.of(file));
        String again = run(PyTorchWeights.class, "--device", "cpu", file);
        assertContains("read " + file + "\n  1.weight [64, 64]\n", again);
        assertEquals(last(output, "which digit: accuracy"), last(again, "which digit: accuracy"));
        assertBetween(0.85, 1, last(again, "even or odd, after: accuracy"), again);
        assertContains("wrote " + Path.of(file).resolveSibling("fine-tuned.pt"), again);
        assertTrue(Arrays.equals(contents, Files.readAllBytes(Path.of(file))));
    }

    @Test
    void customFunction() throws Exception {
        String output = run(CustomFunction.class);
        double[] differences = numbers(output, "largest difference");
        assertEquals(3, differences.length);
        for (double difference : differences) {
            assertBetween(0, 1e-3, difference, output);
        }
        assertEquals(2, last(output, "it shows"), 0.02);
        assertEquals(1, last(output, " x +"), 0.02);
        assertEquals(3, last(output, "its scale ends at"), 0.02);
        assertContains("(1): SmoothClampLayer(limit=", output);
    }

    @Test
    void inferenceServer() throws Exception {
        String output = run(InferenceServer.class);
        assertContains("400 requests from 8 threads", output);
        assertContains(", 0 errors\n400 answers are those of a direct forward, to the last bit\n", output);
        assertContains("\nthe first: {\"class\":0,\"probabilities\":[0.9", output);
        assertContains("\nthree numbers: 400, 64 numbers are wanted, not 3\n", output);
    }

    /** It stays until it is stopped, and answers what its own line says. */
    @Test
    void inferenceServerThatStays() throws Exception {
        Process server = program(InferenceServer.class, "--serve", "0").start();
        try (BufferedReader lines = server.inputReader();
                HttpClient client = HttpClient.newHttpClient()) {
            String line = "";
            String address = "";
            while (!line.startsWith("ask it: ")) {
                line = Objects.requireNonNull(lines.readLine(), "it has ended");
                address = line.startsWith("listening at ") ? line.substring(13) : address;
            }
            String pixels = line.substring(line.indexOf('['), line.indexOf(']') + 1);
            assertContains(
                    "{\"class\":0,\"probabilities\":[",
                    post(client, address, pixels).body());
            String none = "a JSON array of 64 numbers is wanted, and this is none";
            String zeros = "0,".repeat(63);
            Map<String, String> answers = Map.ofEntries(
                    Map.entry("", none),
                    Map.entry("{}", none),
                    Map.entry("[1, 2", none),
                    Map.entry("null", none),
                    Map.entry("5", none),
                    Map.entry("[" + zeros + "NaN]", none),
                    Map.entry("[" + zeros + "0,]", none),
                    Map.entry("[" + zeros + "0] 1", none),
                    Map.entry("[1, \"two\"]", "64 numbers are wanted, not 2"),
                    Map.entry("[[1]]", "64 numbers are wanted, not 1"),
                    Map.entry("[" + zeros + "[0]]", "64 numbers from 0 to 1 are wanted, and number 64 is none"),
                    Map.entry("[" + zeros + "\"0\"]", "64 numbers from 0 to 1 are wanted, and number 64 is none"),
                    Map.entry(
                            "[" + "null,".repeat(63) + "0]", "64 numbers from 0 to 1 are wanted, and number 1 is none"),
                    Map.entry(
                            "[" + zeros + "1e39]",
                            "64 numbers from 0 to 1 are wanted, and number 64 is below 0 or above 1"),
                    Map.entry(
                            "[" + zeros + "3e38]",
                            "64 numbers from 0 to 1 are wanted, and number 64 is below 0 or above 1"),
                    Map.entry(
                            "[" + zeros + "-0.5]",
                            "64 numbers from 0 to 1 are wanted, and number 64 is below 0 or above 1"),
                    Map.entry("[" + "[".repeat(10_000), none));
            for (Map.Entry<String, String> answer : answers.entrySet()) {
                HttpResponse<String> got = post(client, address, answer.getKey());
                assertEquals(400, got.statusCode(), answer.getKey());
                assertEquals(answer.getValue(), got.body(), answer.getKey());
            }
            HttpRequest get = HttpRequest.newBuilder(URI.create(address)).build();
            assertEquals(405, client.send(get, BodyHandlers.ofString()).statusCode());
            assertTrue(server.isAlive());
        } finally {
            server.destroy();
            server.waitFor();
        }
    }

    private static HttpResponse<String> post(HttpClient client, String address, String body) {
        try {
            return client.send(
                    HttpRequest.newBuilder(URI.create(address))
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void severalModels() throws Exception {
        String output = run(SeveralModels.class);
        assertEquals(4, count("  same weights: true\n", output), output);
        for (double accuracy : numbers(output, "test accuracy")) {
            assertBetween(0.93, 1, accuracy, output);
        }
        assertContains("one after the other ", output);
    }

    /** On this machine's devices, whatever they are. */
    @Test
    void deviceComparison() throws Exception {
        String output = run(DeviceComparison.class);
        List<String> devices =
                output.lines().filter(line -> line.contains("steps/s")).toList();
        assertTrue(devices.getFirst().startsWith("cpu "), output);
        assertEquals(devices.size(), count("same bits as cpu: true", output), output);
        for (double loss : numbers(output, "  loss")) {
            assertBetween(0, 0.05, loss, output);
        }
    }

    @Test
    void oneDeviceComparison() throws Exception {
        String output = run(DeviceComparison.class, "--devices", "cpu,cpu");
        assertEquals(2, count("same bits as cpu: true", output), output);
    }
}
