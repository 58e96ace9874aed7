package ondol.cli;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import ondol.DType;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;
import ondol.data.Table;
import ondol.nn.Module;
import ondol.optim.Optimizer;
import ondol.plot.HtmlTable;
import ondol.plot.Plot;
import ondol.train.History;
import org.rapaio.jupyter.kernel.display.DisplayData;
import org.rapaio.jupyter.kernel.display.DisplayRenderer;
import org.rapaio.jupyter.kernel.display.DisplayTransformer;
import org.rapaio.jupyter.kernel.display.MimeType;
import org.rapaio.jupyter.kernel.display.spi.DisplayProvider;

/**
 * The picture, table or text that a notebook shows of a cell's last value, found by the kernel as a service: figures as pictures,
 * tables as such, and tensors, networks and so on as they print, which the kernel itself would show as HTML, without their lines.
 */
public final class NotebookDisplay implements DisplayProvider {
    private static final List<Class<?>> AS_TEXT = List.of(
            Tensor.class,
            Module.class,
            Optimizer.class,
            History.class,
            Table.class,
            Shape.class,
            DType.class,
            Device.class);

    /** For the kernel. */
    public NotebookDisplay() {}

    @Override
    public List<DisplayRenderer> getDisplayRenderers() {
        List<DisplayRenderer> renderers = new ArrayList<>();
        renderers.add(new Renderer(Plot.class));
        renderers.add(new Renderer(HtmlTable.class));
        AS_TEXT.forEach(type -> renderers.add(new Renderer(type)));
        return renderers;
    }

    @Override
    public List<DisplayTransformer> getDisplayTransformers() {
        return List.of();
    }

    private record Renderer(Class<?> rendererClass) implements DisplayRenderer {
        @Override
        public boolean canRender(String mimeType) {
            return true; // a notebook shows what it gets, whatever it has asked for
        }

        @Override
        public DisplayData render(String mimeType, Object value) {
            DisplayData data = DisplayData.fromText(value.toString());
            if (value instanceof Plot plot) {
                data.putData(MimeType.PNG, Base64.getEncoder().encodeToString(plot.toPng()));
            }
            if (value instanceof HtmlTable table) {
                data.putData(MimeType.HTML, table.toString());
            }
            return data;
        }
    }
}
