import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.*;
import java.lang.reflect.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.jar.*;
import java.util.regex.*;
import java.util.stream.*;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.*;

/**
 * Reads what a release of Spark knows about its properties, out of its own classes.
 *
 * <pre>
 *   java -cp 'JARS/*' Registry.java dump JARS > dump.json
 *   java -cp 'JARS/*' Registry.java judge JARS < pairs > verdicts
 * </pre>
 *
 * `dump` loads every class that makes entries, and finds the type, unit, range and words of each entry by
 * asking its converter. `judge` reads lines of a key, a tab and a value, and answers each with a line:
 * `ok`, `unknown`, or the message of the error that the converter throws.
 *
 * All of Spark is reached by reflection, because Celeborn's entries are built alike, and because Scala's
 * signatures differ between the lines.
 */
public class Registry {
  static final String SPARK = "org.apache.spark.internal.config.";
  static final String CELEBORN = "org.apache.celeborn.common.";
  /** Nothing that anyone would write, so no converter but that of any text takes it. */
  static final String NONSENSE = "no such value";

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    System.setOut(System.err); // Some classes print when they are loaded.
    List<File> jars = Arrays.stream(new File(arguments[1]).listFiles()).filter(it -> it.getName().endsWith(".jar")).sorted().toList();
    Classes classes = new Classes(jars);
    Map<String, Object> entries = entries(classes);
    if (arguments[0].equals("judge")) judge(entries, out);
    else out.println(new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(dump(classes, entries)));
    System.exit(0); // Some classes leave threads behind.
  }

  static Map<String, Object> dump(Classes classes, Map<String, Object> entries) throws Exception {
    Map<String, Object> described = new TreeMap<>();
    for (var entry : entries.entrySet()) described.put(entry.getKey(), describe(entry.getValue()));
    Map<String, Object> dump = new LinkedHashMap<>();
    dump.put("jars", classes.read);
    dump.put("failed", classes.failed);
    dump.put("entries", described);
    dump.put("deprecated", deprecated());
    dump.put("removed", removed());
    classes.keys.removeAll(entries.keySet());
    dump.put("plain", classes.keys);
    dump.put("s3a", s3a(classes));
    return dump;
  }

  /** Spark's entries, and Celeborn's when its client is among the jars, by the keys as Spark takes them. */
  static Map<String, Object> entries(Classes classes) throws Exception {
    for (String name : classes.builders) classes.load(name);
    Map<String, Object> entries = new TreeMap<>();
    ((Map<?, ?>) call(module(SPARK + "ConfigEntry$"), "knownConfigs")).forEach((key, entry) -> entries.put((String) key, entry));
    if (classes.names.contains(CELEBORN + "CelebornConf$"))
      ((Map<?, ?>) call(module(CELEBORN + "CelebornConf$"), "confEntries")).forEach((key, entry) -> entries.put("spark." + key, entry));
    return entries;
  }

  static void judge(Map<String, Object> entries, PrintStream out) throws Exception {
    BufferedReader pairs = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = pairs.readLine()) != null; ) {
      String[] pair = line.split("\t", 2);
      Object entry = entries.get(pair[0]);
      if (entry == null) out.println("unknown");
      else {
        Throwable refusal = new Converter(entry).refusal(pair[1]);
        // A converter may fail without a message.
        out.println(refusal == null ? "ok" : String.valueOf(refusal.getMessage() == null ? refusal : refusal.getMessage()).replaceAll("\\s+", " "));
      }
    }
  }

  // ---- one entry

  static Map<String, Object> describe(Object entry) throws Exception {
    Map<String, Object> fields = new LinkedHashMap<>();
    String text = (String) call(entry, "defaultValueString");
    fields.put("default", text == null || text.equals("<undefined>") ? null : text);
    fields.put("since", call(entry, "version"));
    List<String> alternatives = new ArrayList<>();
    // Celeborn's are pairs of a key and a function.
    for (Object it : list(call(entry, "alternatives"))) alternatives.add(it instanceof String key ? key : "spark." + call(it, "_1"));
    fields.put("alternatives", alternatives);
    fields.put("public", call(entry, "isPublic"));
    fields.putAll(new Converter(entry).describe(text));
    return fields;
  }

  /** The function that makes a value of a text. */
  record Converter(Object entry) {
    Object convert(String text) throws Throwable {
      Object converter = call(entry, "valueConverter");
      for (Method method : converter.getClass().getMethods()) {
        if (!method.getName().equals("apply") || method.getParameterCount() != 1 || method.getParameterTypes()[0] != Object.class) continue;
        method.setAccessible(true);
        try {
          Object value = method.invoke(converter, text);
          return value != null && value.getClass().getName().equals("scala.Some") ? call(value, "get") : value;
        } catch (InvocationTargetException refused) {
          throw refused.getCause();
        }
      }
      throw new NoSuchMethodException("apply");
    }

    /** Why it does not take a text, or nothing. */
    Throwable refusal(String text) {
      try {
        convert(text);
        return null;
      } catch (Throwable refusal) {
        return refusal;
      }
    }

    boolean takes(String text) {
      return refusal(text) == null;
    }

    /** The type, and the limits of its values. */
    Map<String, Object> describe(String known) {
      Map<String, Object> fields = new LinkedHashMap<>();
      Object sample = null;
      List<String> samples = new ArrayList<>(List.of("true", "1", "10", "0", "1000", "100000000", "0.5", "1.5", "UTC", "INFO", "2025-01-01"));
      if (known != null) samples.add(0, known);
      for (String it : samples) if (sample == null) try { sample = convert(it); } catch (Throwable refused) { /* the next one, then */ }
      Throwable refusal = refusal(NONSENSE);
      if (sample instanceof Boolean) fields.put("type", "boolean");
      else if (sample instanceof Integer) numbers(fields, "int", (Integer) sample, Integer.MIN_VALUE, Integer.MAX_VALUE);
      else if (sample instanceof Double) fractions(fields);
      else if (sample instanceof Long) {
        String unit = unit();
        // The digits of a size come after its sign, so the smallest number has none.
        if (unit == null) numbers(fields, "long", (Long) sample, Long.MIN_VALUE, Long.MAX_VALUE);
        else numbers(fields, unit, (Long) sample, unit.startsWith("bytes") ? -Long.MAX_VALUE : Long.MIN_VALUE, Long.MAX_VALUE);
      } else if (sample instanceof Pattern || sample != null && sample.getClass().getName().endsWith(".Regex")) fields.put("type", "regex");
      else if (refusal == null) fields.put("type", sample instanceof String || sample == null ? "string" : "list");
      else words(fields, refusal);
      return fields;
    }

    /** `time:UNIT` or `bytes:UNIT`, the unit being that of a bare number; nothing for plain numbers. */
    String unit() {
      // A day and a pebibyte are long enough for all entries, and short enough for most.
      for (long amount = 1; amount <= 1_000_000; amount *= 10) {
        for (var unit : Map.of("h", 3600.0, "d", 86400.0).entrySet()) {
          Double ratio = ratio(amount + unit.getKey(), amount * unit.getValue());
          if (ratio != null) return "time:" + TIME.get(ratio);
        }
        for (var unit : Map.of("k", 1024.0, "g", 1024.0 * 1024 * 1024).entrySet()) {
          Double ratio = ratio(amount + unit.getKey(), amount * unit.getValue());
          if (ratio != null) return "bytes:" + SIZE.get(1 / ratio);
        }
      }
      return null;
    }

    static final Map<Double, String> TIME = Map.of(1e9, "ns", 1e6, "us", 1e3, "ms", 1.0, "s", 1 / 60.0, "min", 1 / 3600.0, "h", 1 / 86400.0, "d");
    static final Map<Double, String> SIZE = Map.of(1.0, "b", 1024.0, "k", 1048576.0, "m", 1073741824.0, "g");

    /** What a text is converted to, counted in what it says. */
    Double ratio(String text, double amount) {
      try {
        long value = (Long) convert(text);
        return value == 0 ? null : value / amount;
      } catch (Throwable refused) {
        return null;
      }
    }

    /** The type and the range of whole numbers, found by halving. */
    void numbers(Map<String, Object> fields, String type, long sample, long least, long most) {
      Throwable refusal = Stream.of(least, most).map(it -> refusal("" + it)).filter(Objects::nonNull).findFirst().orElse(null);
      if (refusal != null && listed(refusal).size() > 1) {
        words(fields, refusal);
        return;
      }
      fields.put("type", type);
      long low = sample, high = sample;
      if (takes("" + least)) low = least;
      else for (long outside = least; low - 1 > outside; ) {
        long middle = Math.floorDiv(low, 2) + Math.floorDiv(outside, 2) + (low & outside & 1);
        if (middle == outside) middle++;
        if (takes("" + middle)) low = middle; else outside = middle;
      }
      if (takes("" + most)) high = most;
      else for (long outside = most; high + 1 < outside; ) {
        long middle = Math.floorDiv(high, 2) + Math.floorDiv(outside, 2) + (high & outside & 1);
        if (takes("" + middle)) high = middle; else outside = middle;
      }
      if (low > least) refused(fields, "least", "" + low, "" + (low - 1));
      if (high < most) refused(fields, "most", "" + high, "" + (high + 1));
      List<String> odd = new ArrayList<>(); // What the range gets wrong.
      for (long it : new long[] {-100, -2, -1, 0, 1, 2, 3, 4, 7, 8, 100, 1000, 1024, 65535, 65536, 1_000_000})
        if (takes("" + it) != (low <= it && it <= high)) odd.add("" + it);
      if (!odd.isEmpty()) fields.put("odd", odd);
    }

    /** The same for numbers with a fraction, whose limits may be outside. */
    void fractions(Map<String, Object> fields) {
      fields.put("type", "double");
      double one = DoubleStream.of(0.5, 1, 0.1, 0, 1.5, 2, 10, 100).filter(it -> takes("" + it)).findFirst().orElseThrow();
      double[] limits = {-Double.MAX_VALUE, Double.MAX_VALUE};
      String[] names = {"least", "most"};
      for (int side = 0; side < 2; side++) {
        if (takes("" + limits[side])) continue;
        double inside = one, outside = limits[side];
        for (int step = 0; step < 2200; step++) {
          double middle = inside / 2 + outside / 2;
          if (middle == inside || middle == outside) break;
          if (takes("" + middle)) inside = middle; else outside = middle;
        }
        // Of the two neighbours the one with the shorter name is the limit that someone wrote down.
        boolean excluded = ("" + outside).length() < ("" + inside).length();
        refused(fields, names[side], "" + (excluded ? outside : inside), "" + outside);
        fields.put(names[side] + " excluded", excluded);
      }
    }

    void refused(Map<String, Object> fields, String name, String limit, String outside) {
      fields.put(name, limit);
      fields.put("words", reason(refusal(outside)));
    }

    static final Pattern LIST = Pattern.compile("(?:one of|[Vv]alid (?:values|versions) are|be either) (.*)");

    /** The words that are allowed, when the message lists them; otherwise only that there is a check. */
    void words(Map<String, Object> fields, Throwable refusal) {
      List<String> words = listed(refusal);
      fields.put("type", words.isEmpty() ? "checked" : "enum");
      fields.put("words", reason(refusal));
      if (words.isEmpty()) return;
      fields.put("allowed", words);
      fields.put("any case", words.stream().allMatch(it -> takes(it.toLowerCase(Locale.ROOT)) && takes(it.toUpperCase(Locale.ROOT))));
      fields.put("blanks", takes(" " + words.get(0) + " "));
    }

    /** The words of a list in a message that the converter takes indeed, in order. */
    List<String> listed(Throwable refusal) {
      Matcher list = LIST.matcher(String.valueOf(refusal.getMessage()).replaceAll("\\s+", " "));
      if (!list.find()) return List.of();
      List<String> words = Arrays.stream(list.group(1).split("[^A-Za-z0-9_-]+")).filter(it -> !it.isEmpty() && takes(it)).sorted().toList();
      // A word that is there twice is a part of other words, which this cannot read.
      return new HashSet<>(words).size() == words.size() ? words : List.of();
    }

    /** What Spark says is required, without the value and the key. */
    static String reason(Throwable refusal) {
      String message = String.valueOf(refusal.getMessage()).replaceAll("\\s+", " ");
      Matcher said = Pattern.compile("(?:is|are) invalid\\.? (.*?)(?: SQLSTATE.*)?$").matcher(message);
      return said.find() ? said.group(1) : message;
    }
  }

  // ---- what became of old names

  static Map<String, Object> deprecated() throws Exception {
    Map<String, Object> all = new TreeMap<>();
    Object core = module("org.apache.spark.SparkConf$");
    for (Object it : list(call(core, "deprecatedConfigs")))
      all.put((String) call(it, "_1"), note(call(call(it, "_2"), "version"), null, call(call(it, "_2"), "deprecationMessage")));
    for (Object it : list(call(core, "org$apache$spark$SparkConf$$configsWithAlternatives")))
      for (Object old : list(call(it, "_2"))) all.put((String) call(old, "key"), note(call(old, "version"), call(it, "_1"), null));
    Object sql = module("org.apache.spark.sql.internal.SQLConf$");
    for (Object it : list(call(sql, "deprecatedSQLConfigs")))
      all.put((String) call(it, "_1"), note(call(call(it, "_2"), "version"), null, call(call(it, "_2"), "comment")));
    return all;
  }

  static Map<String, Object> removed() throws Exception {
    Map<String, Object> all = new TreeMap<>();
    for (Object it : list(call(module("org.apache.spark.sql.internal.SQLConf$"), "removedSQLConfigs")))
      all.put((String) call(it, "_1"), note(call(call(it, "_2"), "version"), null, call(call(it, "_2"), "comment")));
    return all;
  }

  static Map<String, Object> note(Object since, Object replacement, Object words) {
    Map<String, Object> note = new LinkedHashMap<>();
    note.put("since", since);
    note.put("replacement", replacement);
    note.put("words", words);
    return note;
  }

  // ---- Hadoop

  /** The keys of S3A: those that core-default.xml documents, and those that only its classes name. */
  static Map<String, Object> s3a(Classes classes) throws Exception {
    Map<String, Object> keys = new TreeMap<>();
    for (String key : classes.s3a) keys.put(key, null);
    InputStream defaults = Registry.class.getClassLoader().getResourceAsStream("core-default.xml");
    NodeList properties = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(defaults).getElementsByTagName("property");
    for (int at = 0; at < properties.getLength(); at++) {
      Element property = (Element) properties.item(at);
      String name = property.getElementsByTagName("name").item(0).getTextContent().trim();
      Node value = property.getElementsByTagName("value").item(0);
      if (name.startsWith("fs.s3a.")) keys.put(name, value == null ? null : value.getTextContent().trim());
    }
    return keys;
  }

  // ---- classes

  /** The classes of the jars, and the texts in them. */
  static class Classes {
    static final Pattern KEY = Pattern.compile("spark\\.[A-Za-z][A-Za-z0-9_.-]*[A-Za-z0-9_]");
    static final Pattern S3A = Pattern.compile("fs\\.s3a\\.[a-z][a-z0-9.-]*[a-z0-9]");
    final Set<String> names = new TreeSet<>(), builders = new TreeSet<>(), keys = new TreeSet<>(), s3a = new TreeSet<>(), read = new TreeSet<>();
    final Map<String, String> failed = new TreeMap<>();

    Classes(List<File> jars) throws IOException {
      for (File jar : jars) {
        String name = jar.getName();
        if (!name.startsWith("spark-") && !name.startsWith("hadoop-aws-") && !name.startsWith("celeborn-")) continue;
        read.add(name);
        try (JarFile file = new JarFile(jar)) {
          for (JarEntry entry : Collections.list(file.entries())) {
            String path = entry.getName();
            if (!path.endsWith(".class") || !path.matches("org/apache/(spark|hadoop|celeborn)/.*")) continue;
            try (DataInputStream bytes = new DataInputStream(new BufferedInputStream(file.getInputStream(entry)))) {
              read(path.substring(0, path.length() - 6).replace('/', '.'), bytes);
            }
          }
        }
      }
    }

    /** Reads the texts of a class, which are the first part of its file. */
    void read(String name, DataInputStream bytes) throws IOException {
      names.add(name);
      bytes.skipNBytes(8);
      int count = bytes.readUnsignedShort();
      String[] texts = new String[count];
      List<Integer> constants = new ArrayList<>();
      for (int at = 1; at < count; at++) {
        int tag = bytes.readUnsignedByte();
        switch (tag) {
          case 1 -> texts[at] = bytes.readUTF();
          case 8 -> constants.add(bytes.readUnsignedShort());
          case 7, 16, 19, 20 -> bytes.skipNBytes(2);
          case 15 -> bytes.skipNBytes(3);
          case 5, 6 -> { bytes.skipNBytes(8); at++; } // These take two places.
          default -> bytes.skipNBytes(4);
        }
      }
      for (int at : constants) {
        if (name.startsWith("org.apache.spark.") && KEY.matcher(texts[at]).matches()) keys.add(texts[at]);
        if (S3A.matcher(texts[at]).matches()) s3a.add(texts[at]);
      }
      boolean builds = name.startsWith("org.apache.spark.") && !name.startsWith(SPARK + "Config") && !name.startsWith(SPARK + "TypedConfigBuilder");
      if (builds && Arrays.asList(texts).contains("org/apache/spark/internal/config/ConfigBuilder")) builders.add(name);
    }

    /** Initialises a class, which registers its entries; those of a Scala object are lazy sometimes. */
    void load(String name) {
      try {
        Class<?> loaded = Class.forName(name);
        if (!name.endsWith("$")) return;
        Object object = loaded.getField("MODULE$").get(null);
        Class<?> entry = Class.forName(SPARK + "ConfigEntry");
        for (Method method : loaded.getMethods())
          if (object != null && method.getParameterCount() == 0 && entry.isAssignableFrom(method.getReturnType())) method.invoke(object);
      } catch (Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) cause = cause.getCause();
        failed.put(name, cause.toString());
      }
    }
  }

  // ---- Scala by reflection

  static Object module(String name) throws Exception {
    return Class.forName(name).getField("MODULE$").get(null);
  }

  static Object call(Object object, String name) throws Exception {
    for (Class<?> type = object.getClass(); type != null; type = type.getSuperclass())
      for (Method method : type.getDeclaredMethods())
        if (method.getName().equals(name) && method.getParameterCount() == 0) {
          method.setAccessible(true);
          return method.invoke(object);
        }
    for (Method method : object.getClass().getMethods())
      if (method.getName().equals(name) && method.getParameterCount() == 0) return method.invoke(object);
    throw new NoSuchMethodException(object.getClass() + "." + name);
  }

  /** The elements of a Scala collection. */
  static List<Object> list(Object collection) throws Exception {
    List<Object> elements = new ArrayList<>();
    Object iterator = call(collection, "iterator");
    while ((Boolean) call(iterator, "hasNext")) elements.add(call(iterator, "next"));
    return elements;
  }
}
