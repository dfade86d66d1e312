/** Prints the heap that a program may use, which is what Spark compares with its minimum. */
public class MaxMemory {
    public static void main(String[] arguments) {
        System.out.println(Runtime.getRuntime().maxMemory());
    }
}
