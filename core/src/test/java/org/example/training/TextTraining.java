package org.example.training;

import ondol.Ondol;
import ondol.Tensor;
import ondol.autograd.Autograd;
import ondol.nn.CrossEntropyLoss;
import ondol.optim.Adam;

/** {@link CharTransformer} learns a text by heart. */
public final class TextTraining implements Training {
    private static final int CONTEXT = 32;
    private static final int BATCH = 16;

    private final String text = Resources.text("ondol.txt").replace('\n', ' ');
    private final String alphabet = text.chars()
            .distinct()
            .sorted()
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
    private final CharTransformer net;
    private final CrossEntropyLoss lossFunction = new CrossEntropyLoss();
    private final Adam optimizer;
    private final Tensor windows; // all parts of the text that have a context and the character after it

    /** A new network on the default device. */
    public TextTraining() {
        Ondol.manualSeed(1);
        net = new CharTransformer(alphabet.length(), CONTEXT, 64, 4, 2);
        optimizer = new Adam(net.parameters(), 3e-3);
        windows = numbers(text).unfold(0, CONTEXT + 1, 1);
    }

    private Tensor numbers(String characters) {
        return Tensor.tensor(characters.chars().mapToLong(alphabet::indexOf).toArray());
    }

    /** What is learnt. */
    public String text() {
        return text;
    }

    @Override
    public CharTransformer network() {
        return net;
    }

    @Override
    public Adam optimizer() {
        return optimizer;
    }

    @Override
    public Tensor loss() {
        return loss(windows.indexSelect(0, Tensor.randint(0, windows.size(0), BATCH)));
    }

    private Tensor loss(Tensor parts) {
        Tensor logits = net.forward(parts.slice(1, 0, CONTEXT));
        return lossFunction.forward(
                logits.reshape(-1, alphabet.length()),
                parts.slice(1, 1, CONTEXT + 1).reshape(-1));
    }

    /** The loss over the text, of which each part of {@code CONTEXT} characters begins anew. */
    @Override
    public double error() {
        return Autograd.noGrad(
                () -> loss(windows.slice(0, 0, Long.MAX_VALUE, CONTEXT)).item());
    }

    /** What the network writes after a beginning: always the character that is most probable. */
    public String continuation(String beginning, int characters) {
        StringBuilder written = new StringBuilder(beginning);
        while (written.length() < beginning.length() + characters) {
            Tensor seen = numbers(written.substring(Math.max(0, written.length() - CONTEXT)));
            Tensor logits = Autograd.noGrad(() -> net.forward(seen.unsqueeze(0)));
            written.append(alphabet.charAt((int) logits.select(1, -1).argmax().itemLong()));
        }
        return written.substring(beginning.length());
    }
}
