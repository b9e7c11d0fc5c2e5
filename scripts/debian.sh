# Sourced: Debian 12's archive through the sources that this machine's apt has.

# debian_apt FOLDER KIND...     KIND: deb, deb-src
#
# Makes an apt of its own in FOLDER, which knows Debian 12's main and nothing else; the machine's
# lists and sources stay as they are. Sets the array `apt` to the command, and `debian_sources`
# to the archives used, "URI SUITE" a line, the main suite first.
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
