"""Names of regions in addition to those in the address data."""

# Words for kinds of regions ("state", "province"), which people often leave out.
KINDS = frozenset(
    {
        "co", "county", "comte", "state", "estado", "etat", "province", "provincia", "provinsi", "prov",
        "region", "regione", "emirate", "imarat", "governorate", "muhafazah", "prefecture", "ken", "fu",
        "to", "do", "oblast", "kray", "krai", "okrug", "republic", "respublika", "shi", "sheng", "city",
        "thanhpho", "thanh", "pho", "tinh", "zizhiqu", "zhuangzuzizhiqu", "huizuzizhiqu",
        "weiwuerzizhiqu", "departamento", "district", "parish", "of", "the", "de", "ili", "changwat",
        "il", "إماره", "محافظه",
    }
)  # fmt: skip

# By country and region key: additional names of the region.
ALSO: dict[str, dict[str, tuple[str, ...]]] = {
    "US": {
        "AL": ("Ala",), "AZ": ("Ariz",), "AR": ("Ark",), "CA": ("Calif", "Cal"), "CO": ("Colo",),
        "CT": ("Conn",), "DE": ("Del",), "FL": ("Fla",), "IL": ("Ill",), "IN": ("Ind",),
        "KS": ("Kan", "Kans"), "MA": ("Mass",), "MI": ("Mich",), "MN": ("Minn",), "MS": ("Miss",),
        "MT": ("Mont",), "NE": ("Neb", "Nebr"), "NV": ("Nev",), "NM": ("N Mex",), "ND": ("N Dak",),
        "SD": ("S Dak",), "NC": ("N Car",), "SC": ("S Car",), "OK": ("Okla",), "OR": ("Ore", "Oreg"),
        "PA": ("Penn", "Penna"), "TN": ("Tenn",), "TX": ("Tex",), "WA": ("Wash",), "WV": ("W Va",),
        "WI": ("Wis", "Wisc"), "WY": ("Wyo",), "DC": ("Washington DC", "Washington D.C."),
        "VI": ("US Virgin Islands",),
    },
    "CA": {
        "AB": ("Alta",), "SK": ("Sask",), "MB": ("Man",), "ON": ("Ont",), "QC": ("Que", "PQ"),
        "NL": ("Nfld", "Newfoundland", "Labrador"), "PE": ("PEI",), "YT": ("Yukon Territory",),
    },
    "AU": {
        "VIC": ("Vic",), "TAS": ("Tas",), "QLD": ("Qld",),
    },
    "HK": {
        "Hong Kong Island": ("Hong Kong", "HK", "香港"), "New Territories": ("NT",),
    },
    "PE": {
        "Municipalidad Metropolitana de Lima": ("Lima", "Lima Metropolitana"),
        "Gobierno Regional de Lima": ("Lima Region", "Lima Provincias"), "Cuzco": ("Cusco",),
    },
    "TR": {
        "Afyon": ("Afyonkarahisar",), "Gaziantep": ("Antep",), "Kahramanmaraş": ("Maras",),
        "Şanlıurfa": ("Urfa",), "Mersin": ("İçel",),
    },
    "VN": {
        "Thành phố Hồ Chí Minh": ("Saigon", "Sài Gòn", "HCMC", "TPHCM"), "Hà Nội": ("Hanoi",),
        "Hải Phòng": ("Haiphong",),
    },
    "IN": {
        "Odisha": ("Orissa", "OD"), "Puducherry": ("Pondicherry",), "Uttarakhand": ("Uttaranchal", "UK"),
        "Delhi": ("New Delhi", "NCT of Delhi"), "Telangana": ("TG", "TS"), "Chhattisgarh": ("CG",),
    },
    "MX": {
        "CDMX": ("Mexico City", "Distrito Federal", "DF"), "Méx.": ("México", "Edomex"),
        "Coah.": ("Coahuila",), "Ver.": ("Veracruz",), "Mich.": ("Michoacan",),
    },
    "ES": {
        "C": ("Coruña", "A Coruña"), "BI": ("Vizcaya", "Bizkaia"), "SS": ("Gipuzkoa",), "VI": ("Araba",),
        "PM": ("Baleares", "Illes Balears"), "GI": ("Gerona",), "L": ("Lleida",), "A": ("Alacant",),
        "CS": ("Castelló",), "V": ("València",), "OR": ("Orense",),
        "TF": ("Santa Cruz de Tenerife", "Tenerife"),
    },
    "IT": {
        "RM": ("Rome",), "MI": ("Milan",), "NA": ("Naples",), "TO": ("Turin",), "FI": ("Florence",),
        "VE": ("Venice",), "GE": ("Genoa",), "PD": ("Padua",), "MN": ("Mantua",), "SR": ("Syracuse",),
        "BZ": ("Bozen", "Südtirol"), "FC": ("Forlì",), "PU": ("Pesaro",),
    },
    "CN": {
        "内蒙古自治区": ("Inner Mongolia",), "西藏自治区": ("Tibet",), "广西壮族自治区": ("Guangxi",),
        "宁夏回族自治区": ("Ningxia",), "新疆维吾尔自治区": ("Xinjiang",), "澳门": ("Macao",),
    },
    "EG": {
        "البحيرة": ("Beheira",), "الشرقية": ("Sharqia",), "المنيا": ("Minya",), "المنوفية": ("Monufia",),
    },
    "RU": {
        "Москва": ("Moscow",), "Санкт-Петербург": ("Saint Petersburg", "St. Petersburg"),
        "Московская область": ("Moscow Oblast",),
    },
    "UA": {
        "місто Київ": ("Kyiv", "Kiev", "Київ"),
    },
    "CO": {
        "Bogotá": ("Bogota", "Bogotá D.C.", "Bogota DC"),
    },
    "AR": {
        "Ciudad Autónoma de Buenos Aires": ("CABA", "Capital Federal"),
    },
    "JP": {
        "東京都": ("Tōkyō",), "大阪府": ("Ōsaka",), "京都府": ("Kyōto",),
    },
    "AE": {
        "إمارة دبيّ": ("Dubayy",),
    },
}  # fmt: skip
