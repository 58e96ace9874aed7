package ondol.plot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.GraphicsEnvironment;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Supplier;
import javax.imageio.ImageIO;
import ondol.DType;
import ondol.Shape;
import ondol.Tensor;
import ondol.plot.Plot.Corner;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlotTest {
    private static final Tensor X = Tensor.linspace(0, 1, 20);

    private static int count(BufferedImage image, Color color) {
        int count = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                count += (image.getRGB(x, y) & 0xffffff) == (color.getRGB() & 0xffffff) ? 1 : 0;
            }
        }
        return count;
    }

    private static int rgb(BufferedImage image, int x, int y) {
        return image.getRGB(x, y) & 0xffffff;
    }

    private static void assertRefused(Class<? extends RuntimeException> type, Supplier<Plot> plot, String... parts) {
        String message = assertThrows(type, plot::get).getMessage();
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
    }

    @Test
    void eachLineHasTheNextColour() {
        BufferedImage image = Plot.lines(X, X, X.square()).toImage();
        assertEquals(675, image.getWidth());
        assertEquals(450, image.getHeight());
        assertTrue(count(image, Line.C0) > 300, "the first line");
        assertTrue(count(image, Line.C1) > 300, "the second line");
        assertEquals(0, count(image, Line.C2));
    }

    @Test
    void columnsAreAsGoodAsRowsAndXMayBeAbsent() {
        Tensor column = X.reshape(20, 1);
        byte[] expected = Plot.points(X, X.square()).toPng();
        assertArrayEquals(expected, Plot.points(column, column.square()).toPng());
        assertArrayEquals(
                expected,
                new Plot()
                        .plot(Tensor.linspace(0, 1, 20).requiresGrad(true), X.square(), "o")
                        .toPng());
        assertArrayEquals(
                Plot.lines(Tensor.arange(20), X.square()).toPng(),
                Plot.lines(X.square()).toPng());
    }

    @Test
    void integersAndTruthValuesAreDrawnAsNumbers() {
        Tensor numbers = Tensor.arange(4);
        assertArrayEquals(
                Plot.lines(numbers, numbers.to(DType.FLOAT32)).toPng(),
                Plot.lines(numbers.to(DType.FLOAT32), numbers).toPng());
        assertArrayEquals(
                Plot.points(numbers, numbers.gt(1)).toPng(),
                Plot.points(numbers, numbers.gt(1).to(DType.FLOAT32)).toPng());
    }

    @Test
    void titleLabelsAndLegendTakeRoomOrShow() {
        Supplier<Plot> plain = () -> new Plot().plot(X, X, Line.of("-").label("a"));
        byte[] without = plain.get().toPng();
        assertArrayEquals(without, plain.get().toPng());
        assertDiffers(without, plain.get().title("title"));
        assertDiffers(without, plain.get().xLabel("x"));
        assertDiffers(without, plain.get().yLabel("y"));
        byte[] left = plain.get().legend(Corner.UPPER_LEFT).toPng();
        assertDiffers(without, plain.get().legend(Corner.UPPER_LEFT));
        assertDiffers(left, plain.get().legend(Corner.LOWER_RIGHT));
        assertDiffers(left, plain.get().legend(Corner.LOWER_LEFT));
        assertDiffers(left, plain.get().legend(Corner.UPPER_RIGHT));
        BufferedImage large = plain.get().size(6, 2).toImage();
        assertEquals(900, large.getWidth());
        assertEquals(300, large.getHeight());
    }

    private static void assertDiffers(byte[] png, Plot other) {
        assertFalse(Arrays.equals(png, other.toPng()), other.toString());
    }

    @Test
    void figuresStandSideBySide() {
        BufferedImage image = Plot.row(Plot.lines(X, X), Plot.image(Tensor.zeros(2, 1)), Plot.lines(X, X))
                .toImage();
        assertEquals(675 + 225 + 675, image.getWidth());
        assertEquals(450, image.getHeight());
        assertEquals(0, rgb(image, 675 + 100, 100));
    }

    @Test
    void grayGoesFromTheLeastToTheGreatest() {
        BufferedImage image = Plot.image(Tensor.tensor(new float[][] {{-1, 1}, {0, Float.NaN}}))
                .toImage();
        assertEquals(450, image.getWidth());
        assertEquals(450, image.getHeight());
        assertEquals(0x000000, rgb(image, 0, 0));
        assertEquals(0x000000, rgb(image, 224, 224));
        assertEquals(0xffffff, rgb(image, 225, 0));
        assertEquals(0x808080, rgb(image, 0, 225));
        assertEquals(0x000000, rgb(image, 449, 449));
        assertEquals(0, rgb(Plot.image(Tensor.full(Shape.of(1, 3, 3), 5)).toImage(), 1, 1), "a single value");
    }

    @Test
    void coloursAreOfZeroToOneOrBytes() {
        Tensor colours = Tensor.tensor(new float[] {1, 0.5f, -3}).reshape(3, 1, 1);
        assertEquals(0xff8000, rgb(Plot.image(colours).toImage(), 7, 9));
        Tensor bytes = Tensor.tensor(new long[] {255, 300, 1}).reshape(3, 1, 1);
        assertEquals(0xffff01, rgb(Plot.image(bytes).toImage(), 7, 9));
    }

    @Test
    void aLargePictureKeepsItsSizeAndATitleStandsAboveIt() {
        Plot plot = Plot.image(Tensor.zeros(3, 500, 700));
        assertEquals(500, plot.toImage().getHeight());
        BufferedImage titled = plot.title("all of it").toImage();
        assertEquals(700, titled.getWidth());
        assertTrue(titled.getHeight() > 520, "room for the title");
        assertEquals(0xffffff, rgb(titled, 0, 0));
        assertEquals(0x000000, rgb(titled, 0, titled.getHeight() - 500));
    }

    @Test
    void whatIsWrittenIsThePicture(@TempDir Path folder) throws IOException {
        Plot plot = Plot.lines(X, X);
        Path file = folder.resolve("plot.png");
        plot.save(file);
        assertArrayEquals(plot.toPng(), Files.readAllBytes(file));
        BufferedImage read = ImageIO.read(new ByteArrayInputStream(plot.toPng()));
        assertEquals(count(plot.toImage(), Line.C0), count(read, Line.C0));
        Path nowhere = folder.resolve("none/plot.png");
        String message = assertThrows(UncheckedIOException.class, () -> plot.save(nowhere))
                .getMessage();
        assertTrue(message.contains(nowhere.toString()), message);
    }

    @Test
    void whatDoesNotFitIsRefusedByShape() {
        Class<IllegalArgumentException> bad = IllegalArgumentException.class;
        assertRefused(bad, () -> Plot.lines(X, Tensor.zeros(19)), "Plot.lines", "[20]", "[19]", "[n, k]");
        assertRefused(bad, () -> Plot.points(Tensor.zeros(20, 2), X), "Plot.points", "[20, 2]");
        assertRefused(bad, () -> Plot.lines(X, Tensor.zeros(20, 1, 1)), "[20, 1, 1]");
        assertRefused(bad, () -> Plot.lines(Tensor.tensor(1.0)), "single number");
        assertRefused(bad, () -> Plot.lines(Tensor.zeros(0)), "no points");
        assertRefused(bad, () -> Plot.image(Tensor.zeros(4, 4, 3)), "Plot.image", "[4, 4, 3]", "[3, h, w]");
        assertRefused(bad, () -> Plot.image(Tensor.zeros(0, 4)), "[0, 4]");
        assertRefused(bad, Plot::row, "Plot.row");
        assertRefused(bad, () -> new Plot().size(0, Double.NaN), "1 to 50");
        assertRefused(bad, () -> new Plot().plot(X, X, "*"), "'*'", "--o");
        assertRefused(bad, () -> new Plot().plot(X, X, Line.of("-").alpha(2)), "2.0", "0 to 1");
        Plot labelled = new Plot().plot(X, X, Line.of("-").label("a"));
        assertRefused(bad, () -> labelled.plot(X, X, Line.of("o").label("a")), "'a'");
        assertEquals("Plot(1 line)", labelled.toString());
    }

    @Test
    void picturesAndRowsHaveNoAxes() {
        Class<IllegalStateException> bad = IllegalStateException.class;
        Plot picture = Plot.image(Tensor.zeros(2, 2));
        assertRefused(bad, () -> picture.plot(X, X), "Plot.plot", "Plot(picture)", "new Plot()");
        assertRefused(bad, () -> Plot.row(picture).title("t"), "Plot.title", "row");
        assertRefused(bad, () -> Plot.row(picture, new Plot()).xLabel("t"), "Plot.row(Plot(picture), Plot(0 lines))");
    }

    @Test
    void withoutADisplayShowNamesSave() {
        Assumptions.assumeTrue(GraphicsEnvironment.isHeadless(), "there is a display");
        String message = assertThrows(IllegalStateException.class, Plot.lines(X, X)::show)
                .getMessage();
        assertTrue(message.contains("save(Path.of("), message);
    }
}
