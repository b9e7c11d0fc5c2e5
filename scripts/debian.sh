# Sourced: Debian 12's archive through the sources that this machine's apt has, and small systems
# made of it. What makes systems needs root.

# debian_apt FOLDER KIND...     KIND: deb, deb-src
#
# Makes an apt of its own in FOLDER, which knows Debian 12's main and nothing else; the machine's
# lists and sources stay as they are. Sets the array `apt` to the command, `apt_folder` to FOLDER,
# and `debian_sources` to the archives used, "URI SUITE" a line, the main suite first.
debian_apt() {
    local folder=$1 uri suite kind options='' key=/usr/share/keyrings/debian-archive-keyring.gpg
    shift
    debian_sources=$(
        apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(SITE)' |
            awk '$2 == "main" && $1 ~ /^bookworm(-updates|-security)?$/ { print $3, $1 }' |
            sort -u | sort -s -k 2,2
    )
    [[ $debian_sources == *' bookworm'$'\n'* || $debian_sources == *' bookworm' ]] || {
        echo "${0##*/}: apt has no source for Debian 12; expected suite bookworm," \
            "component main, under /etc/apt" >&2
        return 2
    }
    apt_folder=$folder
    mkdir -p "$folder"/{lists,archives}/partial
    [[ ! -e $key ]] || options="[signed-by=$key] "
    while read -r uri suite; do
        for kind in "$@"; do echo "$kind $options$uri $suite main"; done
    done <<<"$debian_sources" >"$folder/sources.list"
    apt=(
        env DEBIAN_FRONTEND=noninteractive apt-get -qq
        -o "Dir::Etc::SourceList=$folder/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$folder/lists" -o "Dir::Cache::Archives=$folder/archives"
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
        -o APT::Sandbox::User= -o Acquire::Retries=3 -o Acquire::Languages=none
    )
    "${apt[@]}" update
}

# in_root COMMAND...   Its mounts end with it, whatever happens.
in_root() {
    unshare --mount --propagation private -- \
        env -i HOME=/root LC_ALL=C.UTF-8 TERM=dumb \
        DEBIAN_FRONTEND=noninteractive DPKG_FORCE=unsafe-io \
        PATH=/usr/sbin:/usr/bin:/sbin:/bin ${http_proxy:+"http_proxy=$http_proxy"} "$@"
}

# debian_system FOLDER LOG   Lays Debian's minimal system into FOLDER, which it makes. The system is
# kept in the folder $images; LOG gets what debootstrap says. Wants debian_apt before.
debian_system() {
    local folder=$1 log=$2 kept=$images/.debian.tar
    mkdir -p "$images" "$folder"
    (
        # One maker at a time; what one that was killed left behind goes first.
        exec 8>"$kept.lock"
        flock 8
        [[ ! -e $kept || $(cat "$kept.recipe" 2>/dev/null) != "$debian_sources" ]] || exit 0
        rm -rf "$kept".making.*
        debian_bootstrap "$(mktemp -d "$kept.making.XXXXXX")" "$kept" >"$log" 2>&1
    ) || {
        tail -n 20 "$log" >&2
        return 2
    }
    tar --extract --file="$kept" --directory="$folder" --numeric-owner --same-permissions
}

# debian_bootstrap MAKING KEPT
debian_bootstrap() {
    local making=$1 kept=$2 mirror suite
    read -r mirror suite <<<"$debian_sources"
    http_proxy=${http_proxy:-$(apt-config dump --format '%v%n' Acquire::http::Proxy)}
    in_root debootstrap --variant=minbase "$suite" "$making/root" "$mirror" &&
        tar --create --file="$making/system.tar" --directory="$making/root" --numeric-owner . &&
        mv "$making/system.tar" "$kept" && rm -rf "$making" &&
        echo "$debian_sources" >"$kept.recipe"
}

# debian_small ROOT   As on other small images: licences stay, manuals and translations go, now
# and later.
debian_small() {
    local root=$1
    cat >"$root/etc/dpkg/dpkg.cfg.d/small" <<'END'
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
END
    find "$root/usr/share/doc" -type f ! -name copyright -delete
    find "$root/usr/share/doc" -type l ! -name copyright -delete
    find "$root/usr/share/doc" -depth -mindepth 1 -type d -empty -delete
    rm -rf "$root"/usr/share/{info,locale,man}/*
    debian_tidy "$root"
}

# debian_tidy ROOT   Removes what differs each time and tells nobody anything.
debian_tidy() {
    rm -rf "$1"/etc/{resolv.conf,hostname,machine-id,.pwd.lock} "$1"/var/log/{apt,*.log} \
        "$1"/var/cache/ldconfig/aux-cache "$1"/var/cache/debconf/*-old "$1"/var/lib/dpkg/*-old \
        "$1"/etc/{passwd,shadow,group,gshadow}- "$1"/etc/apt/sources.list
    sed -i -E "s/^([^:]*:[^:]*):[0-9]+:/\1:$((epoch / 86400)):/" "$1/etc/shadow"
}

# debian_install ROOT LOG PACKAGE...   Brings ROOT up to date and installs packages in it, names or
# absolute paths of files, with what they need and nothing else. Wants debian_apt before.
#
# apt of this machine decides, fetches, and calls the dpkg of ROOT in the order that packages ask
# for; hooks that this machine has for its own packages are left out.
debian_install() {
    local root=$1 log=$2 package folder=${apt_folder:?} wanted=()
    shift 2
    mkdir -p "$root/packages/partial"
    for package in "$@"; do
        if [[ $package == /* ]]; then
            cp "$package" "$root/packages/"
            package=$root/packages/${package##*/}
        fi
        wanted+=("$package")
    done
    printf '#clear %s;\n' DPkg::{Pre-Invoke,Post-Invoke,Pre-Install-Pkgs} >"$folder/own.conf"
    in_root "${apt[@]}" --config-file "$folder/own.conf" --yes --no-install-recommends \
        -o "Dir::State::status=$root/var/lib/dpkg/status" \
        -o "Dir::State::extended_states=$folder/extended_states" \
        -o "Dir::Cache::Archives=$root/packages" -o "DPkg::Chroot-Directory=$root" \
        -o Dpkg::Use-Pty=0 -o "Dir::Log=$folder" dist-upgrade "${wanted[@]}" >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        return 2
    }
    rm -r "$root/packages"
    debian_tidy "$root"
}
