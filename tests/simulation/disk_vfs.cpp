// https://www.sqlite.org/vfs.html: each call goes to the Disk first, then to the real VFS.
#include "tests/simulation/disk_vfs.h"

#include <sqlite3.h>

#include <cstring>
#include <string>

#include "tests/simulation/disk.h"

namespace redshank::sim {

namespace {

sqlite3_vfs* base = nullptr;

struct File {
    sqlite3_file head;
    std::string* path;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File& of(sqlite3_file* file) {
    return *reinterpret_cast<File*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
    return of(file).real();
}

int close(sqlite3_file* file) {
    delete of(file).path;
    return real(file)->pMethods->xClose(real(file));
}

int read(sqlite3_file* file, void* to, int size, sqlite3_int64 from) {
    if (!Disk::instance().reads()) return SQLITE_IOERR_READ;
    return real(file)->pMethods->xRead(real(file), to, size, from);
}

// What stands at a place of the file, and its size.
Disk::Change before(sqlite3_file* file, sqlite3_int64 from, int64_t size) {
    Disk::Change change{.offset = from};
    sqlite3_int64 all = 0;
    real(file)->pMethods->xFileSize(real(file), &all);
    change.size_before = all;
    change.before.resize(static_cast<size_t>(std::clamp<int64_t>(all - from, 0, size)));
    if (!change.before.empty())
        real(file)->pMethods->xRead(real(file), change.before.data(), static_cast<int>(change.before.size()),
                                    from);
    return change;
}

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 from) {
    Disk& disk = Disk::instance();
    if (!disk.writes()) return disk.random() % 2 == 0 ? SQLITE_IOERR_WRITE : SQLITE_FULL;
    Disk::Change change = before(file, from, size);
    change.bytes.assign(static_cast<const char*>(bytes), static_cast<size_t>(size));
    disk.changed(*of(file).path, std::move(change));
    return real(file)->pMethods->xWrite(real(file), bytes, size, from);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
    if (!Disk::instance().writes()) return SQLITE_IOERR_TRUNCATE;
    Disk::Change change = before(file, size, INT32_MAX);
    change.is_truncation = true;
    Disk::instance().changed(*of(file).path, std::move(change));
    return real(file)->pMethods->xTruncate(real(file), size);
}

int sync(sqlite3_file* file, int) {
    if (!Disk::instance().writes()) return SQLITE_IOERR_FSYNC;
    Disk::instance().synced(*of(file).path);
    return SQLITE_OK;
}

constexpr sqlite3_io_methods kMethods = {
    .iVersion = 2,
    .xClose = close,
    .xRead = read,
    .xWrite = write,
    .xTruncate = truncate,
    .xSync = sync,
    .xFileSize = [](sqlite3_file* f, sqlite3_int64* to) { return real(f)->pMethods->xFileSize(real(f), to); },
    .xLock = [](sqlite3_file* f, int how) { return real(f)->pMethods->xLock(real(f), how); },
    .xUnlock = [](sqlite3_file* f, int how) { return real(f)->pMethods->xUnlock(real(f), how); },
    .xCheckReservedLock = [](sqlite3_file* f,
                             int* to) { return real(f)->pMethods->xCheckReservedLock(real(f), to); },
    .xFileControl = [](sqlite3_file* f, int what,
                       void* to) { return real(f)->pMethods->xFileControl(real(f), what, to); },
    .xSectorSize = [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); },
    .xDeviceCharacteristics =
        [](sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); },
    .xShmMap = [](sqlite3_file* f, int page, int size, int extend,
                  void volatile** to) { return real(f)->pMethods->xShmMap(real(f), page, size, extend, to); },
    .xShmLock = [](sqlite3_file* f, int at, int n,
                   int flags) { return real(f)->pMethods->xShmLock(real(f), at, n, flags); },
    .xShmBarrier = [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); },
    .xShmUnmap =
        [](sqlite3_file* f, int remove) {
            return real(f)->pMethods->xShmUnmap(real(f), Disk::instance().is_dead() ? 0 : remove);
        },
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* got) {
    file->pMethods = nullptr;
    std::memset(real(file), 0, static_cast<size_t>(base->szOsFile));
    const int code = base->xOpen(base, path, real(file), flags, got);
    if (code != SQLITE_OK) return code;
    of(file).path = new std::string(path ? path : "");
    file->pMethods = &kMethods;
    return SQLITE_OK;
}

int remove(sqlite3_vfs*, const char* path, int is_durable) {
    if (!Disk::instance().writes()) return SQLITE_IOERR_DELETE;
    Disk::instance().synced(path);
    return base->xDelete(base, path, is_durable);
}

// Paths are relative, so that no name of a temporary folder shows anywhere.
int full_path(sqlite3_vfs*, const char* path, int size, char* to) {
    sqlite3_snprintf(size, to, "%s", path);
    return SQLITE_OK;
}

// The salt of the log comes from the seed.
int randomness(sqlite3_vfs*, int size, char* to) {
    for (int i = 0; i < size; ++i) to[i] = static_cast<char>(Disk::instance().random());
    return size;
}

}  // namespace

void register_vfs() {
    base = sqlite3_vfs_find(nullptr);
    static sqlite3_vfs vfs = *base;
    vfs.zName = "simulation";
    vfs.szOsFile = static_cast<int>(sizeof(File)) + base->szOsFile;
    vfs.xOpen = open;
    vfs.xDelete = remove;
    vfs.xFullPathname = full_path;
    vfs.xRandomness = randomness;
    vfs.xSleep = [](sqlite3_vfs*, int) { return 0; };
    sqlite3_vfs_register(&vfs, 1);
}

}  // namespace redshank::sim
