package ondol.plot;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import ondol.DType;
import ondol.Tensor;

/** Pictures from tensors of pixels. */
final class Picture {
    /** A smaller picture is enlarged to about this size. */
    private static final int LARGE = 3 * Axes.DPI;

    private Picture() {}

    static BufferedImage of(String operation, Tensor pixels) {
        boolean gray = pixels.dim() == 2 || pixels.dim() == 3 && pixels.size(0) == 1;
        boolean colour = pixels.dim() == 3 && pixels.size(0) == 3;
        if (!gray && !colour || pixels.numel() == 0) {
            throw new IllegalArgumentException(
                    operation + ": the picture is " + pixels.shape() + "; give [h, w], [1, h, w] or [3, h, w]");
        }
        if (Math.max(pixels.size(-1), pixels.size(-2)) > 10_000) {
            throw new IllegalArgumentException(
                    operation + ": the picture is " + pixels.shape() + "; give at most 10,000 rows and columns");
        }
        int height = (int) pixels.size(-2);
        int width = (int) pixels.size(-1);
        float[] values = Plot.floats(pixels);
        int[] levels = gray ? stretched(values) : cut(values, pixels.dtype() == DType.INT64 ? 1 : 255);
        int plane = gray ? 0 : height * width;
        int times = Math.max(1, LARGE / Math.max(height, width));
        BufferedImage image = new BufferedImage(width * times, height * times, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height * times; y++) {
            for (int x = 0; x < width * times; x++) {
                int at = y / times * width + x / times;
                image.setRGB(x, y, levels[at] << 16 | levels[at + plane] << 8 | levels[at + 2 * plane]);
            }
        }
        return image;
    }

    /** From the least to the greatest finite value. */
    private static int[] stretched(float... values) {
        Range range = new Range(values);
        double span = range.most() - range.least();
        int[] levels = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            levels[i] = span == 0 ? 0 : level((values[i] - range.least()) / span * 255);
        }
        return levels;
    }

    private static int[] cut(float[] values, int scale) {
        int[] levels = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            levels[i] = level((double) values[i] * scale);
        }
        return levels;
    }

    /** NaN is 0. */
    private static int level(double value) {
        return (int) Math.clamp(Math.round(value), 0L, 255L);
    }

    static BufferedImage white(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, width, height);
        g.dispose();
        return image;
    }

    /** With a line of text above it, in the middle. */
    static BufferedImage titled(BufferedImage picture, String title) {
        Plot.requireFonts();
        Font font = Axes.font(12);
        Graphics2D measure = picture.createGraphics();
        int textWidth = measure.getFontMetrics(font).stringWidth(title);
        int ascent = measure.getFontMetrics(font).getAscent();
        int room = measure.getFontMetrics(font).getHeight() * 3 / 2;
        measure.dispose();
        int width = Math.max(picture.getWidth(), textWidth);
        BufferedImage image = white(width, picture.getHeight() + room);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setColor(Color.BLACK);
        g.setFont(font);
        g.drawString(title, (width - textWidth) / 2, ascent);
        g.drawImage(picture, (width - picture.getWidth()) / 2, room, null);
        g.dispose();
        return image;
    }
}
