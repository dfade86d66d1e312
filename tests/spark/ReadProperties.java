import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Properties;

/** Reads properties as Spark does, and writes each key and value in hexadecimal UTF-8. */
public class ReadProperties {
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.load(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String key : properties.stringPropertyNames()) {
            System.out.println(hex(key) + "=" + hex(properties.getProperty(key)));
        }
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }
}
