package dev.fencekv.bench.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A JSON object whose members keep their order. Owned by one thread. */
public final class JsonObject {
    private final Map<String, Object> members = new LinkedHashMap<>();

    /**
     * Adds or replaces a member.
     *
     * @param value text, a number, a boolean, {@link Json#NULL}, a JsonObject, or a list of these
     */
    public JsonObject put(String name, Object value) {
        members.put(name, value);
        return this;
    }

    public boolean has(String name) {
        return members.containsKey(name);
    }

    public Set<String> names() {
        return members.keySet();
    }

    /** Of any kind. */
    public Object valueOr(String name, Object absent) {
        return members.getOrDefault(name, absent);
    }

    public String text(String name) {
        return member(name, String.class);
    }

    public double number(String name) {
        return member(name, Number.class).doubleValue();
    }

    public long whole(String name) {
        return member(name, Number.class).longValue();
    }

    public boolean yes(String name) {
        return member(name, Boolean.class);
    }

    public JsonObject object(String name) {
        return member(name, JsonObject.class);
    }

    /** The members of a list that are objects. */
    public List<JsonObject> objects(String name) {
        return elements(name, JsonObject.class);
    }

    public List<Double> numbers(String name) {
        return elements(name, Number.class).stream().map(Number::doubleValue).toList();
    }

    public List<String> texts(String name) {
        return elements(name, String.class);
    }

    private <T> List<T> elements(String name, Class<T> type) {
        List<T> elements = new ArrayList<>();
        for (Object element : member(name, List.class)) {
            elements.add(type.cast(element));
        }
        return elements;
    }

    private <T> T member(String name, Class<T> type) {
        Object value = members.get(name);
        if (!type.isInstance(value)) {
            throw new IllegalArgumentException(
                    "member \"" + name + "\" is " + value + ", wanted " + type.getSimpleName());
        }
        return type.cast(value);
    }

    Map<String, Object> members() {
        return members;
    }

    @Override
    public String toString() {
        return Json.write(this);
    }
}
