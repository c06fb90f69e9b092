// An implementation of pith-open-graph-merge-v1 that is not written yet.
//
// It speaks version 2 of the conformance protocol, and refuses whatever it is asked; a JDK of 17 or
// later runs it as it stands, and sooner once it is compiled:
//
//     pithmerge conform smoke --impl "java stub.java"
//     javac -d classes stub.java && pithmerge conform smoke --impl "java -cp classes Stub"
//
// Write canonicalize first, by SPEC.md 1. Json below serves the requests, not the documents in
// them: numbers are their texts, of repeated members the last counts, any depth up to its own limit
// is read. Traps: String.compareTo goes by UTF-16 unit; Double.toString is not the shortest text
// before JDK 19; new String(bytes, UTF_8) reads what is no UTF-8; Base64 decoders forgive missing
// padding and spare bits; Instant.parse takes 24:00:00, 23:59:60, fractions, offsets and the year 0;
// Integer.parseInt and BigInteger take a plus sign and the digits of all scripts.

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

final class Stub {
    /** SPEC.md refuses it: there is no result. */
    static final class Refused extends RuntimeException {
        Refused(String why) {
            super(why);
        }
    }

    /** json_b64 -> canonical_b64, sha256 (SPEC 1.1). */
    static Map<String, Object> canonicalize(Map<String, Object> request) {
        throw new Refused("canonicalize is not written yet");
    }

    /**
     * pith_number, keys or keys_b64, source_aliases or source_aliases_b64, verify_signatures,
     * events_b64 -> state_b64 (SPEC 8.2).
     */
    static Map<String, Object> merge(Map<String, Object> request) {
        throw new Refused("merge is not written yet");
    }

    /** document_b64, keys or keys_b64 -> holds, and equivocations_b64 or reason (SPEC 11.7). */
    static Map<String, Object> evidence(Map<String, Object> request) {
        throw new Refused("evidence is not written yet");
    }

    /** document_b64, keys or keys_b64 -> report_b64 (SPEC 10.7). */
    static Map<String, Object> verify(Map<String, Object> request) {
        throw new Refused("verify is not written yet");
    }

    /** as_of, and what merge takes -> state_b64 (SPEC 8.9). */
    static Map<String, Object> view(Map<String, Object> request) {
        throw new Refused("view is not written yet");
    }

    /** metadata_b64 -> canonical_record, canonical_sha256, pith_number (SPEC 2.9). */
    static Map<String, Object> number(Map<String, Object> request) {
        throw new Refused("number is not written yet");
    }

    static Map<String, Object> hello(Map<String, Object> request) {
        boolean old = new Json.Numeral("1").equals(request.get("protocol"));
        List<Object> ops = List.of("canonicalize", "merge", "evidence", "verify", "view", "number");
        Map<String, Object> about = new LinkedHashMap<>();
        about.put("name", "stub");
        about.put("version", "0");
        about.put("language", "Java");
        about.put("source", "here");
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("protocol", old ? 1 : 2);
        answer.put("implementation", about);
        answer.put("ops", old ? ops.subList(0, 2) : ops);
        return answer;
    }

    static Map<String, Object> run(Map<String, Object> request) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("seq", request.get("seq"));
        try {
            switch ((String) request.get("op")) {
                case "canonicalize" -> answer.put("result", canonicalize(request));
                case "merge" -> answer.put("result", merge(request));
                case "evidence" -> answer.put("result", evidence(request));
                case "verify" -> answer.put("result", verify(request));
                case "view" -> answer.put("result", view(request));
                case "number" -> answer.put("result", number(request));
                default -> answer.put("unsupported", "no such op");
            }
        } catch (Refused refused) {
            answer.put("result", Map.of("refused", refused.getMessage()));
        } catch (RuntimeException | StackOverflowError error) {
            StringWriter trace = new StringWriter();
            error.printStackTrace(new PrintWriter(trace));
            answer.put("failed", Map.of("message", error.toString(), "traceback", trace.toString()));
        }
        return answer;
    }

    public static void main(String[] arguments) throws IOException {
        InputStream in = new BufferedInputStream(System.in, 1 << 16);
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (String line = readLine(in); line != null; line = readLine(in)) {
            Map<String, Object> request = Json.object(line);
            if ("bye".equals(request.get("cmd"))) {
                return;
            }
            Map<String, Object> answer = "hello".equals(request.get("cmd")) ? hello(request) : run(request);
            out.print(Json.text(answer) + "\n");
            out.flush();
        }
    }

    /** A line without its end; null at the end of the input. */
    private static String readLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next = in.read();
        if (next < 0) {
            return null;
        }
        for (; next >= 0 && next != '\n'; next = in.read()) {
            line.write(next);
        }
        return line.toString(StandardCharsets.US_ASCII);
    }
}

/** The JSON of requests and answers: null, Boolean, String, List, Map, and of numbers their texts. */
final class Json {
    /** A number as it is written. */
    record Numeral(String text) {
        @Override
        public String toString() {
            return text;
        }
    }

    private static final int DEEPEST = 500;

    private final String source;
    private int at = 0;

    private Json(String source) {
        this.source = source;
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(String line) {
        return (Map<String, Object>) new Json(line).value(0);
    }

    private char next() {
        while (" \t\r".indexOf(source.charAt(at)) >= 0) {
            at++;
        }
        return source.charAt(at);
    }

    /** Whether a comma follows, and not the end of a list or an object; either is read. */
    private boolean goesOn() {
        next();
        return source.charAt(at++) == ',';
    }

    private Object value(int depth) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("a request is too deep");
        }
        switch (next()) {
            case '"':
                return string();
            case '[':
                List<Object> list = new ArrayList<>();
                at++;
                if (next() == ']') {
                    at++;
                    return list;
                }
                do {
                    list.add(value(depth + 1));
                } while (goesOn());
                return list;
            case '{':
                Map<String, Object> object = new LinkedHashMap<>();
                at++;
                if (next() == '}') {
                    at++;
                    return object;
                }
                do {
                    next();
                    String name = string();
                    next();
                    at++;
                    object.put(name, value(depth + 1));
                } while (goesOn());
                return object;
            default:
                return word();
        }
    }

    private Object word() {
        int start = at;
        while (at < source.length() && " \t\r,]}".indexOf(source.charAt(at)) < 0) {
            at++;
        }
        String word = source.substring(start, at);
        return switch (word) {
            case "null" -> null;
            case "true" -> true;
            case "false" -> false;
            default -> new Numeral(word);
        };
    }

    private String string() {
        StringBuilder text = new StringBuilder();
        for (at++; source.charAt(at) != '"'; at++) {
            if (source.charAt(at) != '\\') {
                text.append(source.charAt(at));
                continue;
            }
            char escape = source.charAt(++at);
            int plain = "bfnrt".indexOf(escape);
            if (escape == 'u') {
                text.append((char) Integer.parseInt(source.substring(at + 1, at + 5), 16));
                at += 4;
            } else {
                text.append(plain < 0 ? escape : "\b\f\n\r\t".charAt(plain));
            }
        }
        at++;
        return text.toString();
    }

    /** The text of a value, in ASCII. */
    static String text(Object value) {
        StringBuilder text = new StringBuilder();
        write(text, value);
        return text.toString();
    }

    private static void write(StringBuilder text, Object value) {
        if (value instanceof String string) {
            text.append('"');
            for (char c : string.toCharArray()) {
                boolean plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
                text.append(plain ? String.valueOf(c) : String.format("\\u%04x", (int) c));
            }
            text.append('"');
        } else if (value instanceof List<?> list) {
            String comma = "[";
            for (Object each : list) {
                text.append(comma);
                write(text, each);
                comma = ",";
            }
            text.append(list.isEmpty() ? "[]" : "]");
        } else if (value instanceof Map<?, ?> object) {
            String comma = "{";
            for (Map.Entry<?, ?> member : object.entrySet()) {
                text.append(comma);
                write(text, member.getKey());
                text.append(':');
                write(text, member.getValue());
                comma = ",";
            }
            text.append(object.isEmpty() ? "{}" : "}");
        } else {
            text.append(value);
        }
    }
}
