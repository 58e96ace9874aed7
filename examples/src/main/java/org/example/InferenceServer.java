package org.example;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.annotations.SerializedName;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import ondol.Device;
import ondol.Generator;
import ondol.Ondol;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.data.TensorDataset;
import ondol.datasets.Datasets;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Flatten;
import ondol.nn.Linear;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;

/**
 * A network behind HTTP: who posts the 64 pixels of a handwritten digit as JSON to {@code /predict}, each from 0 to 1, is
 * answered which digit it is and how probable each one is. Each request is a virtual thread; any number of them use the
 * network at once.
 *
 * <p>The program trains the network, starts the server, sends itself 400 requests from 8 threads, compares each answer with
 * what the network says when it is asked directly, and ends: it prints the requests, the errors, and whether all answers
 * were the same. Takes about three seconds. With {@code --serve 8080} it stays instead, and prints how to ask it.
 *
 * <p>Arguments: {@code [--device cpu|opencl|cuda] [--serve PORT]}
 */
public final class InferenceServer {
    private static final int THREADS = 8;
    private static final int REQUESTS = 50;
    private static final Gson JSON =
            new GsonBuilder().setStrictness(Strictness.STRICT).create();

    private InferenceServer() {}

    /** An answer: {@code {"class":3,"probabilities":[...]}}. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Prediction(@SerializedName("class") int digit, float[] probabilities) {}

    /**
     * What the arguments say; a message says what is wrong with them.
     *
     * @param port 0 for any that is free
     */
    private record Options(Device device, int port, boolean stays) {
        static Options of(String... args) {
            Options options = new Options(Ondol.defaultDevice(), 0, false);
            for (int i = 0; i < args.length; i += 2) {
                if (i + 1 < args.length && args[i].equals("--device")) {
                    options = new Options(Device.of(args[i + 1]), options.port, options.stays);
                } else if (i + 1 < args.length && args[i].equals("--serve")) {
                    options = new Options(options.device, port(args[i + 1]), true);
                } else {
                    throw new IllegalArgumentException(
                            "usage: InferenceServer [--device cpu|opencl|cuda] [--serve PORT]");
                }
            }
            return options;
        }

        private static int port(String text) {
            if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > 65535) {
                throw new IllegalArgumentException(
                        "--serve " + text + ": give a port from 0 to 65535; 0 is any that is free");
            }
            return Integer.parseInt(text);
        }

        /** Before the training, which nobody wants to have waited for in vain. */
        HttpServer server() {
            try {
                return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
            } catch (IOException e) {
                throw new IllegalArgumentException(
                        "--serve " + port + ": the port cannot be had, " + e.getMessage() + "; give another", e);
            }
        }
    }

    public static void main(String[] args) throws IOException, InterruptedException, ExecutionException {
        Options options;
        HttpServer server;
        try {
            options = Options.of(args);
            server = options.server();
        } catch (IllegalArgumentException | IllegalStateException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        Ondol.setDefaultDevice(options.device);
        Ondol.manualSeed(1);
        TensorDataset digits = Datasets.digits();
        Sequential net = train(digits);

        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/predict", exchange -> answer(exchange, net));
        server.start();
        URI address = URI.create("http://localhost:" + server.getAddress().getPort() + "/predict");
        System.out.println("listening at " + address);
        if (options.stays) {
            System.out.println("ask it: curl --data '" + JSON.toJson(pixels(digits, 0)) + "' " + address);
        } else {
            loadTest(address, net, digits);
            server.stop(0);
        }
    }

    private static Sequential train(TensorDataset digits) {
        Sequential net = new Sequential(new Flatten(), new Linear(64, 64), new ReLU(), new Linear(64, 10));
        CrossEntropyLoss lossFunction = new CrossEntropyLoss();
        Adam optimizer = new Adam(net.parameters(), 5e-3);
        DataLoader<Batch> loader =
                DataLoader.of(digits.to(Ondol.defaultDevice())).batchSize(32).shuffle(new Generator(1));
        for (int epoch = 0; epoch < 5; epoch++) {
            for (Batch batch : loader) {
                lossFunction.forward(net.forward(batch.input()), batch.target()).backward();
                optimizer.step();
                optimizer.zeroGrad();
            }
        }
        net.eval();
        return net;
    }

    // ---- the server

    private static void answer(HttpExchange exchange, Sequential net) throws IOException {
        if (!exchange.getRequestMethod().equals("POST")) {
            send(exchange, 405, "POST a JSON array of 64 numbers");
            return;
        }
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        float[] pixels;
        try {
            pixels = numbers(body);
        } catch (IllegalArgumentException e) {
            send(exchange, 400, e.getMessage());
            return;
        }
        send(exchange, 200, JSON.toJson(predict(net, pixels)));
    }

    /** The 64 numbers of a body; a message says what another body is. */
    private static float[] numbers(String body) {
        JsonArray array;
        try {
            array = JSON.fromJson(body, JsonArray.class); // null for nothing
        } catch (JsonParseException e) {
            array = null;
        }
        if (array == null) {
            throw new IllegalArgumentException("a JSON array of 64 numbers is wanted, and this is none");
        }
        if (array.size() != 64) {
            throw new IllegalArgumentException("64 numbers are wanted, not " + array.size());
        }
        float[] numbers = new float[64];
        for (int i = 0; i < 64; i++) {
            boolean isNumber = array.get(i) instanceof JsonPrimitive p && p.isNumber();
            numbers[i] = isNumber ? array.get(i).getAsFloat() : Float.NaN;
            if (!(numbers[i] >= 0 && numbers[i] <= 1)) { // others, such as 3e38, have no answer
                throw new IllegalArgumentException("64 numbers from 0 to 1 are wanted, and number " + (i + 1)
                        + (isNumber ? " is below 0 or above 1" : " is none"));
            }
        }
        return numbers;
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", status == 200 ? "application/json" : "text/plain");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    /** Whether something is recorded belongs to a thread, and so does a scope, which gives the memory back at its end. */
    private static Prediction predict(Sequential net, float... pixels) {
        try (var _ = Autograd.noGrad();
                var _ = Scope.open()) {
            Tensor probabilities =
                    net.forward(Tensor.tensor(pixels, Shape.of(1, 64))).softmax(1);
            return new Prediction((int) probabilities.argmax().itemLong(), probabilities.toFloatArray());
        }
    }

    // ---- its users

    private static void loadTest(URI address, Sequential net, TensorDataset digits)
            throws InterruptedException, ExecutionException, IOException {
        int errors = 0;
        int same = 0;
        long start = System.nanoTime();
        try (HttpClient client = HttpClient.newHttpClient();
                ExecutorService users = Executors.newFixedThreadPool(THREADS)) {
            List<Callable<List<HttpResponse<String>>>> work = new ArrayList<>();
            for (int user = 0; user < THREADS; user++) {
                int first = user * REQUESTS;
                work.add(() -> {
                    List<HttpResponse<String>> answers = new ArrayList<>();
                    for (int i = first; i < first + REQUESTS; i++) {
                        answers.add(post(client, address, JSON.toJson(pixels(digits, i))));
                    }
                    return answers;
                });
            }
            int number = 0;
            for (Future<List<HttpResponse<String>>> answers : users.invokeAll(work)) {
                for (HttpResponse<String> answer : answers.get()) {
                    Prediction direct = predict(net, pixels(digits, number++));
                    if (answer.statusCode() != 200) {
                        errors++;
                    } else if (isSame(direct, JSON.fromJson(answer.body(), Prediction.class))) {
                        same++;
                    }
                }
            }
            double seconds = (System.nanoTime() - start) * 1e-9;
            System.out.printf("%d requests from %d threads in %.1f s, %d errors%n", number, THREADS, seconds, errors);
            System.out.printf("%d answers are those of a direct forward, to the last bit%n", same);
            System.out.println("the first: "
                    + post(client, address, JSON.toJson(pixels(digits, 0))).body());
            HttpResponse<String> refusal = post(client, address, "[1, 2, 3]");
            System.out.println("three numbers: " + refusal.statusCode() + ", " + refusal.body());
        }
    }

    private static HttpResponse<String> post(HttpClient client, URI address, String body)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(address)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return client.send(request, BodyHandlers.ofString());
    }

    private static float[] pixels(TensorDataset digits, int number) {
        return digits.get(number).input().toFloatArray();
    }

    private static boolean isSame(Prediction one, Prediction other) {
        return one.digit == other.digit && Arrays.equals(one.probabilities, other.probabilities);
    }
}
