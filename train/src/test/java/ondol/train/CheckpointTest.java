package ondol.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import ondol.Generator;
import ondol.Ondol;
import ondol.data.Batch;
import ondol.data.DataLoader;
import ondol.io.Safetensors;
import ondol.nn.CrossEntropyLoss;
import ondol.nn.Layer;
import ondol.nn.Linear;
import ondol.nn.Module;
import ondol.optim.Adam;
import ondol.optim.Optimizer;
import ondol.optim.SGD;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
    @TempDir
    private Path folder;

    private static String state(Module net, Optimizer optimizer, Generator generator, DataLoader<?> loader) {
        StringBuilder text = new StringBuilder();
        net.stateDict().forEach((name, t) -> text.append(name).append(Arrays.toString(t.toFloatArray())));
        Optimizer.State of = optimizer.stateDict();
        text.append(of.settings()).append(of.groups());
        of.parameters().forEach(p -> {
            text.append(p.step());
            p.tensors().keySet().stream()
                    .sorted()
                    .forEach(name -> text.append(name)
                            .append(Arrays.toString(p.tensors().get(name).toFloatArray())));
        });
        DataLoader.State place = loader.state();
        return text.append(Arrays.hashCode(generator.getState()))
                .append(Arrays.hashCode(Ondol.generator().getState()))
                .append(Arrays.hashCode(place.now()))
                .append(Arrays.hashCode(place.epochStart()))
                .append(place.batches())
                .toString();
    }

    private static void steps(Layer net, Optimizer optimizer, DataLoader<Batch> loader, int count) {
        int done = 0;
        for (Batch batch : loader) {
            if (done++ == count) {
                break;
            }
            new CrossEntropyLoss()
                    .forward(net.forward(batch.input()), batch.target())
                    .backward();
            optimizer.step();
            optimizer.zeroGrad();
        }
    }

    @Test
    void bringsEverythingBackOrNothing() throws IOException {
        Layer net = Points.net();
        Optimizer optimizer = new Adam(net.parameters(), 0.01).betas(0.8, 0.99);
        Generator own = new Generator(9);
        DataLoader<Batch> loader = Points.loader(16);
        steps(net, optimizer, loader, 2);
        Path file = folder.resolve("a.safetensors");
        Checkpoint checkpoint = new Checkpoint()
                .model(net)
                .optimizer(optimizer)
                .globalGenerator()
                .generator("own", own)
                .loader(loader);
        String before = state(net, optimizer, own, loader);
        checkpoint.note("epoch", "7").save(file);
        steps(net, optimizer, loader, 4);
        own.random32();
        String later = state(net, optimizer, own, loader);
        assertTrue(!before.equals(later));
        assertEquals(Map.of("epoch", "7"), checkpoint.load(file));
        assertEquals(before, state(net, optimizer, own, loader));
        assertEquals(
                Safetensors.load(file)
                                .get("model.0.weight")
                                .toNestedArray()
                                .toString()
                                .length()
                        > 0,
                true);

        // What does not fit changes nothing.
        Layer other = new Linear(2, 3);
        for (Checkpoint wrong : new Checkpoint[] {
            new Checkpoint().model(net).optimizer(new SGD(net.parameters(), 0.1)),
            new Checkpoint().generator("own", own).model(other),
            new Checkpoint().model(net).optimizer(optimizer).generator("missing", own),
            new Checkpoint().model(net).loader(DataLoader.of(Points.points()).batchSize(60)),
        }) {
            steps(net, optimizer, loader, 4);
            String now = state(net, optimizer, own, loader);
            IOException e = assertThrows(IOException.class, () -> wrong.load(file));
            assertTrue(e.getMessage().startsWith(file + " does not fit: "), e.getMessage());
            assertEquals(now, state(net, optimizer, own, loader));
        }
    }

    @Test
    void filesThatAreNone() throws IOException {
        Layer net = Points.net();
        Path plain = folder.resolve("plain.safetensors");
        Safetensors.save(plain, net.stateDict());
        Checkpoint checkpoint = new Checkpoint().model(net);
        assertTrue(assertThrows(IOException.class, () -> checkpoint.load(plain))
                .getMessage()
                .contains("is no checkpoint: it has tensors, but no 'ondol.checkpoint'"));
        assertThrows(IOException.class, () -> checkpoint.load(folder.resolve("nowhere")));
        for (String content : new String[] {"", "{", "null", "[]", "{\"version\": 2}", "{\"version\": 1}", "\"x\""}) {
            Safetensors.save(plain, net.stateDict(), Map.of("ondol.checkpoint", content));
            assertThrows(IOException.class, () -> checkpoint.load(plain), content);
        }
    }

    /** A file with changed bytes is refused, or what is read fits; nothing else happens. */
    @Test
    void brokenFiles() throws IOException {
        Layer net = Points.net();
        Optimizer optimizer = new SGD(net.parameters(), 0.1).momentum(0.9);
        DataLoader<Batch> loader = Points.loader(16);
        steps(net, optimizer, loader, 2);
        Path good = folder.resolve("good.safetensors");
        Checkpoint checkpoint =
                new Checkpoint().model(net).optimizer(optimizer).loader(loader).globalGenerator();
        checkpoint.save(good);
        byte[] bytes = Files.readAllBytes(good);
        SplittableRandom random = new SplittableRandom(4);
        Path bad = folder.resolve("bad.safetensors");
        for (int i = 0; i < 500; i++) {
            byte[] changed = bytes.clone();
            for (int n = random.nextInt(1, 4); n > 0; n--) {
                changed[random.nextInt(1500)] = (byte) random.nextInt();
            }
            Files.write(bad, changed);
            String before = state(net, optimizer, Ondol.generator(), loader);
            try {
                checkpoint.load(bad);
                checkpoint.load(good);
            } catch (IOException e) {
                assertTrue(e.getMessage().contains(bad.toString()), e.getMessage());
                assertEquals(before, state(net, optimizer, Ondol.generator(), loader), "case " + i);
            }
        }
    }
}
