package ondol.data;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import ondol.Device;
import ondol.Shape;
import ondol.Tensor;

/** The different characters of a text, numbered in the order of their code points: texts as tensors and back. */
public final class Vocabulary {
    private final int[] characters;
    private final Map<Integer, Long> numbers = new HashMap<>();

    /**
     * The characters that a text is made of.
     *
     * @param text one with every character that is to be encoded
     * @throws IllegalArgumentException if it is empty
     */
    public Vocabulary(String text) {
        characters = text.codePoints().distinct().sorted().toArray();
        if (characters.length == 0) {
            throw new IllegalArgumentException("Vocabulary: the text is empty; give one with all characters in it");
        }
        for (int i = 0; i < characters.length; i++) {
            numbers.put(characters[i], (long) i);
        }
    }

    /** {@return the number of different characters} */
    public int size() {
        return characters.length;
    }

    /** {@return all characters in order, which make the same vocabulary again} */
    public String characters() {
        return new String(characters, 0, characters.length);
    }

    /**
     * {@return a text's characters as numbers, [characters], INT64, on the CPU}
     *
     * @param text of any length
     * @throws IllegalArgumentException if one is not in the vocabulary
     */
    public Tensor encode(String text) {
        long[] encoded = text.codePoints()
                .mapToLong(c -> {
                    Long number = numbers.get(c);
                    if (number == null) {
                        throw new IllegalArgumentException("Vocabulary.encode: '" + Character.toString(c)
                                + "' is none of its " + size() + " characters: " + characters());
                    }
                    return number;
                })
                .toArray();
        return Tensor.tensor(encoded, Shape.of(encoded.length), Device.CPU);
    }

    /**
     * {@return the text of numbers in any shape, in row-major order}
     *
     * @param encoded numbers of 0 up to but without {@link #size}
     * @throws IllegalArgumentException if one is no character's
     */
    public String decode(Tensor encoded) {
        return Arrays.stream(encoded.toLongArray())
                .mapToObj(n -> {
                    if (n < 0 || n >= characters.length) {
                        throw new IllegalArgumentException("Vocabulary.decode: there is no character " + n + " among "
                                + size() + ", which are counted from 0");
                    }
                    return Character.toString(characters[(int) n]);
                })
                .collect(Collectors.joining());
    }

    /**
     * Every piece of a text that long, with the same piece one character later as its target: a network that learns
     * from that predicts the next character.
     *
     * @param text longer than a piece, of characters of this vocabulary
     * @param length characters, 1 or more
     * @return a data set of overlapping pieces, inputs and targets both [length], INT64
     * @throws IllegalArgumentException if the text is not longer than that
     */
    public Dataset<Sample> nextCharacter(String text, int length) {
        Tensor all = encode(text);
        int pieces = Math.toIntExact(all.numel()) - length;
        if (length < 1 || pieces < 1) {
            throw new IllegalArgumentException("Vocabulary.nextCharacter: pieces of " + length
                    + " characters of a text of " + all.numel() + "; give a length of 1 or more, and a longer text");
        }
        return new Dataset<>() {
            @Override
            public int size() {
                return pieces;
            }

            @Override
            public Sample get(int index) {
                return new Sample(all.slice(0, index, index + length), all.slice(0, index + 1, index + 1 + length));
            }
        };
    }
}
