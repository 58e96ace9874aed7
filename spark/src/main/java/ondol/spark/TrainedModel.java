package ondol.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ondol.Tensor;
import ondol.io.Safetensors;
import ondol.io.SafetensorsFile;
import ondol.nn.Module;
import scala.Tuple2;

/**
 * What a training has come to, at the driver.
 *
 * @param stateDict the network's parameters and buffers, by name, on the CPU: {@code net.loadStateDict(trained.stateDict())}
 * @param losses the mean loss of each epoch, the first one first
 */
public record TrainedModel(Map<String, Tensor> stateDict, List<Double> losses) {
    private static final String LOSSES = "ondol.losses";

    /** What goes through Spark at once. */
    private static final int PIECE = 8 << 20;

    /** Losses as text, with all bits. */
    static String text(List<Double> losses) {
        return String.join(" ", losses.stream().map(String::valueOf).toList());
    }

    static List<Double> losses(String text) {
        return text.isEmpty()
                ? List.of()
                : List.of(text.split(" ")).stream().map(Double::valueOf).toList();
    }

    /** Network and losses in pieces, with their numbers. */
    static List<Tuple2<Integer, byte[]>> pieces(Module net, List<Double> losses) throws IOException {
        Path file = Files.createTempFile("ondol-model", ".safetensors");
        try {
            Safetensors.save(file, net.stateDict(), Map.of(LOSSES, text(losses)));
            List<Tuple2<Integer, byte[]>> pieces = new ArrayList<>();
            try (var in = Files.newInputStream(file)) {
                for (byte[] piece = in.readNBytes(PIECE); piece.length > 0; piece = in.readNBytes(PIECE)) {
                    pieces.add(new Tuple2<>(pieces.size(), piece));
                }
            }
            return pieces;
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** Of pieces in any order. */
    static TrainedModel of(List<Tuple2<Integer, byte[]>> pieces) throws IOException {
        List<Tuple2<Integer, byte[]>> sorted = new ArrayList<>(pieces);
        sorted.sort((a, b) -> Integer.compare(a._1(), b._1()));
        Path file = Files.createTempFile("ondol-model", ".safetensors");
        try {
            try (var out = Files.newOutputStream(file)) {
                for (Tuple2<Integer, byte[]> piece : sorted) {
                    out.write(piece._2());
                }
            }
            try (SafetensorsFile open = Safetensors.open(file)) {
                Map<String, Tensor> state = new LinkedHashMap<>();
                for (String name : open.names()) {
                    state.put(name, open.tensor(name));
                }
                return new TrainedModel(state, losses(open.metadata().getOrDefault(LOSSES, "")));
            }
        } finally {
            Files.deleteIfExists(file);
        }
    }
}
