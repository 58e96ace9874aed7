package ondol.data;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The numbers of classes. Classes are texts; where all of them are numbers, two ways to write the same number, as 1 and 1.0, are
 * the same class.
 */
final class Labels {
    private final boolean areNumbers;
    private final Map<Object, Integer> places = new HashMap<>();

    /** Of the classes by their numbers. */
    Labels(List<String> classes) {
        areNumbers = classes.stream().allMatch(Table::isNumber);
        for (String name : classes) {
            places.putIfAbsent(key(name, areNumbers), places.size());
        }
    }

    /** A class's number; -1 if there is none of that name. */
    int number(String text) {
        return places.getOrDefault(key(text, areNumbers), -1);
    }

    /**
     * The classes in a column, by number or else in alphabetical order, without what is missing. One that is written in several
     * ways has the shortest as its name.
     */
    static List<String> classes(Table table, String column) {
        boolean areNumbers = table.isNumeric(column);
        Map<Object, String> names = new HashMap<>();
        List<String> texts = new ArrayList<>(table.values(column));
        texts.sort(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()));
        for (String text : texts) {
            names.putIfAbsent(key(text, areNumbers), text);
        }
        List<String> classes = new ArrayList<>(names.values());
        classes.sort(areNumbers ? Comparator.comparing(Labels::exact) : Comparator.naturalOrder());
        return classes;
    }

    private static Object key(String text, boolean areNumbers) {
        return areNumbers && Table.isNumber(text) ? exact(text) : text;
    }

    /** A number with all its digits, in the one form that equals compares. */
    private static BigDecimal exact(String text) {
        try {
            return new BigDecimal(text).stripTrailingZeros();
        } catch (NumberFormatException e) { // an exponent below all ints: 0, as a double has it
            return BigDecimal.ZERO;
        }
    }
}
