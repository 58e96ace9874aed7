package ondol.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import ondol.Tensor;
import ondol.io.Npz;
import ondol.io.TorchFile;
import ondol.io.TorchOptimizer;
import ondol.nn.Linear;
import ondol.nn.ReLU;
import ondol.nn.Sequential;
import ondol.optim.Adam;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What README.md shows is what happens: its Java programs are compiled and run, and so are those of its commands that are quick, each
 * in a process of its own; what it shows of their output is compared.
 */
final class ReadmeTest {
    /** Commands whose output depends on the data alone, and is there soon. */
    private static final Set<String> QUICK = Set.of("train", "predict", "show", "convert");

    @TempDir
    private Path folder;

    /** The files that README.md speaks of. */
    @BeforeEach
    void files() throws IOException {
        Path penguins = folder.resolve(Markdown.PENGUINS);
        Files.createDirectories(penguins.getParent());
        Files.copy(Markdown.ROOT.resolve(Markdown.PENGUINS), penguins);
        Files.copy(penguins, folder.resolve("penguins.json"));
        Sequential net = new Sequential(new Linear(1, 512), new ReLU(), new Linear(512, 1));
        Map<String, Object> checkpoint = new LinkedHashMap<>();
        checkpoint.put("model", new LinkedHashMap<>(net.stateDict()));
        checkpoint.put("epoch", 12);
        TorchFile.save(folder.resolve("net.pt"), checkpoint);
        checkpoint.put("optimizer", TorchOptimizer.stateDict(new Adam(net.parameters())));
        TorchFile.save(folder.resolve("with-optimizer.pt"), checkpoint);
        Npz.save(folder.resolve("digits.npz"), Map.of("images", Tensor.zeros(2, 8, 8)));
    }

    private static List<Markdown.Block> blocks() throws IOException {
        return Markdown.blocks(Files.readString(Markdown.ROOT.resolve("README.md")));
    }

    @Test
    void javaPrograms() throws IOException, InterruptedException {
        Files.move(folder.resolve("with-optimizer.pt"), folder.resolve("net.pt"), StandardCopyOption.REPLACE_EXISTING);
        List<Markdown.Block> blocks = blocks();
        int programs = 0;
        for (int i = 0; i < blocks.size(); i++) {
            if (blocks.get(i).isJava()) {
                String name = "Program" + ++programs;
                Path source = Files.writeString(folder.resolve(name + ".java"), program(name, blocks.get(i)));
                String output = Markdown.run(folder, List.of(source.toString()));
                Markdown.assertShown("README.md", blocks.get(i).text(), Markdown.shownAfter(blocks, i, true), output);
            }
        }
        assertTrue(programs >= 3, programs + " programs");
    }

    @Test
    void commands() throws IOException, InterruptedException {
        List<Markdown.Block> blocks = blocks();
        List<String> ran = new ArrayList<>();
        for (int i = 0; i < blocks.size(); i++) {
            String text = blocks.get(i).text();
            String[] words = text.strip().split("\\s+", -1);
            if (words[0].equals("./ondol") && QUICK.contains(words[1])) {
                ran.add(words[1]);
                List<String> command = new ArrayList<>(List.of("-Djava.awt.headless=true", Main.class.getName()));
                command.addAll(Arrays.asList(words).subList(1, words.length));
                String output = Markdown.run(folder, command);
                Markdown.assertShown("README.md", text, Markdown.shownAfter(blocks, i, false), output);
            }
        }
        assertEquals(List.of("train", "predict", "show", "convert"), ran);
        assertEquals(345, Files.readAllLines(folder.resolve("answers.csv")).size());
        assertTrue(Files.exists(folder.resolve("ondol-train/report.html")));
    }

    /** The block as a program: with the packages of all modules, and a network and an optimizer if it takes them as given. */
    private static String program(String name, Markdown.Block block) {
        String body = block.body();
        String net = body.contains("net.") && !body.contains(" net = ")
                ? "Sequential net = new Sequential(new Linear(1, 512), new ReLU(), new Linear(512, 1));"
                : "";
        String optimizer = body.contains("(optimizer,") && !body.contains(" optimizer = ")
                ? "Optimizer optimizer = new Adam(net.parameters());"
                : "";
        return """
                import java.nio.file.Path;
                import java.util.List;
                import ondol.*;
                import ondol.data.*;
                import ondol.io.*;
                import ondol.nn.*;
                import ondol.optim.*;
                import ondol.train.*;
                %s
                public class %s {
                    public static void main(String[] arguments) throws Exception {
                        %s
                        %s
                        %s
                    }
                }
                """.formatted(block.imports(), name, net, optimizer, body);
    }
}
