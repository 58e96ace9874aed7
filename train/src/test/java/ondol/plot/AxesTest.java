package ondol.plot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

final class AxesTest {
    private static Range range(double least, double most) {
        return new Range((float) least, (float) most);
    }

    @Test
    void theMarginIsFivePercent() {
        assertEquals(-0.05, range(0, 1).low(), 1e-7);
        assertEquals(1.05, range(0, 1).high(), 1e-7);
        assertTrue(range(3, 3).span() > 0, "a single value has some room, too");
    }

    @Test
    void stepsAreOneTwoOrFive() {
        assertEquals(0.2, range(0, 1).step(), 1e-12);
        assertEquals(5, range(-8, 14).step(), 1e-12);
        assertEquals(1, range(-2.5, 2.8).step(), 1e-12);
        assertEquals(0.01, range(-0.03, 0.022).step(), 1e-12);
    }

    @Test
    void labelsHaveTheDecimalsOfTheStep() {
        assertEquals("0.0", range(0, 1).label(0));
        assertEquals("0.6", range(0, 1).label(0.6000000000000001));
        assertEquals("\u22120.02", range(-0.03, 0.022).label(-0.02));
        assertEquals("0.00", range(-0.03, 0.022).label(-1e-18));
        assertEquals("10", range(-8, 14).label(10));
    }

    @Test
    void aTransparentLineIsNotDarkerAtItsPoints() {
        // A horizontal line of many points: drawn segment by segment, the joints would show.
        float[] x = new float[50];
        float[] y = new float[50];
        for (int i = 0; i < x.length; i++) {
            x[i] = i;
        }
        y[0] = -1;
        y[49] = 1;
        BufferedImage image = new Axes(4.5, 3)
                .plot(x, y, Line.of("-").color(Color.BLACK).alpha(0.2))
                .image();
        int darkest = 255;
        for (int i = image.getWidth() / 4; i < image.getWidth() * 3 / 4; i++) {
            for (int j = image.getHeight() / 3; j < image.getHeight() * 2 / 3; j++) {
                darkest = Math.min(darkest, new Color(image.getRGB(i, j)).getRed());
            }
        }
        assertEquals(204, darkest, 2);
    }

    @Test
    void aDashedLineHasGapsHoweverDenseItsPointsAre() {
        float[] x = new float[500];
        float[] y = new float[500];
        for (int i = 0; i < x.length; i++) {
            x[i] = i;
            y[i] = i;
        }
        BufferedImage image =
                new Axes(4.5, 3).plot(x, y, Line.of("--").color(Color.RED)).image();
        int red = 0;
        for (int i = 0; i < image.getWidth(); i++) {
            boolean hit = false;
            for (int j = 0; j < image.getHeight(); j++) {
                Color c = new Color(image.getRGB(i, j));
                hit |= c.getRed() > 240 && c.getGreen() < 60 && c.getBlue() < 60;
            }
            red += hit ? 1 : 0;
        }
        assertTrue(red > 250 && red < 460, red + " columns are red");
    }
}
