package dev.fencekv.server.state;

import dev.fencekv.kv.SettingInfo;
import dev.fencekv.server.command.BytesIn;
import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.command.Setting;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The replicated settings. A setting that was never changed has its initial value. */
final class Settings {
    private static final class Entry extends Item {
        private final Setting setting;
        private long value;

        Entry(Setting setting, long value) {
            this.setting = setting;
            this.value = value;
        }

        @Override
        ItemKind kind() {
            return ItemKind.SETTING;
        }

        @Override
        void encodeKey(BytesOut out) {
            out.putShort(setting.code());
        }

        @Override
        void encodeContent(BytesOut out) {
            out.putLong(value);
        }
    }

    private final Ledger ledger;
    private final Entry[] entries;

    Settings(Ledger ledger) {
        this.ledger = ledger;
        Setting[] settings = Setting.values();
        entries = new Entry[settings.length];
        for (Setting setting : settings) {
            Entry entry = new Entry(setting, setting.initial());
            entries[setting.ordinal()] = entry;
            ledger.added(entry);
        }
    }

    long get(Setting setting) {
        return entries[setting.ordinal()].value;
    }

    void set(Setting setting, long value) {
        Entry entry = entries[setting.ordinal()];
        ledger.changing(entry);
        entry.value = value;
        ledger.changed(entry);
    }

    @Nullable Item next(@Nullable Item after) {
        int index = after == null ? 0 : ((Entry) after).setting.ordinal() + 1;
        return index < entries.length ? entries[index] : null;
    }

    void restore(BytesIn key, BytesIn content) {
        set(Setting.ofCode(key.getShort()), content.getLong());
    }

    List<SettingInfo> list() {
        List<SettingInfo> list = new ArrayList<>(entries.length);
        for (Entry entry : entries) {
            Setting setting = entry.setting;
            list.add(new SettingInfo(setting.text(), entry.value, setting.min(), setting.max()));
        }
        return list;
    }
}
